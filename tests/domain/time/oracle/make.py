"""Makes `rules.json`: what rrule-temporal, an implementation in TypeScript, says of random rules.

Run once, in an empty folder: `npm i rrule-temporal`, then `python make.py 1000 | node expand.mjs > rules.json` with
both scripts copied there. Seeded, so that it makes the same again.
"""

import json
import random
import sys

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
STARTS = [
    "20240229T093000",
    "20251231T235900",
    "20260131T013000",
    "20260309T023000",
    "20260602T090000",
    "20270704T150030",
]
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Sydney", "America/Sao_Paulo"]


def some(rng: random.Random, low: int, high: int, most: int, *, signed: bool = False) -> str:
    numbers = {rng.randint(low, high) * (rng.choice([1, 1, -1]) if signed else 1) for _ in range(rng.randint(1, most))}
    return ",".join(map(str, sorted(numbers)))


def days(rng: random.Random, *, ordinals: bool) -> str:
    chosen = rng.sample(DAYS, rng.randint(1, 4))
    return ",".join((rng.choice(["", "1", "2", "4", "-1", "-2"]) if ordinals else "") + day for day in chosen)


def rule(rng: random.Random) -> str:
    frequency = rng.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "DAILY", "HOURLY", "MINUTELY"])
    parts = [f"FREQ={frequency}"]
    if rng.random() < 0.6:
        parts.append(f"INTERVAL={rng.randint(2, 7 if frequency != 'MINUTELY' else 90)}")
    if rng.random() < 0.25:
        parts.append(f"BYMONTH={some(rng, 1, 12, 4)}")
    if frequency == "YEARLY" and rng.random() < 0.2:
        parts += [f"BYWEEKNO={some(rng, 1, 53, 3, signed=True)}", f"BYDAY={days(rng, ordinals=False)}"]
    elif frequency == "YEARLY" and rng.random() < 0.25:
        parts.append(f"BYYEARDAY={some(rng, 1, 366, 4, signed=True)}")
    else:
        if frequency != "WEEKLY" and rng.random() < 0.3:
            parts.append(f"BYMONTHDAY={some(rng, 1, 31, 4, signed=True)}")
        if rng.random() < 0.45:
            parts.append(f"BYDAY={days(rng, ordinals=frequency in ('YEARLY', 'MONTHLY'))}")
    if rng.random() < 0.3 and frequency != "MINUTELY":
        parts.append(f"BYHOUR={some(rng, 0, 23, 3)}")
    if rng.random() < 0.2 and frequency != "MINUTELY":
        parts.append(f"BYMINUTE={some(rng, 0, 59, 3)}")
    if any(part.startswith("BY") for part in parts) and rng.random() < 0.25:
        parts.append(f"BYSETPOS={some(rng, 1, 3, 2, signed=True)}")
    if rng.random() < 0.3:
        parts.append(f"WKST={rng.choice(DAYS)}")
    if rng.random() < 0.3:
        parts.append(f"COUNT={rng.randint(1, 6)}")
    return ";".join(parts)


def main() -> None:
    rng = random.Random(5545)
    cases = [[rule(rng), rng.choice(STARTS), rng.choice(ZONES)] for _ in range(int(sys.argv[1]))]
    json.dump(cases, sys.stdout)


if __name__ == "__main__":
    main()
