// Reads [rule, start, zone] cases from stdin and writes each with the first instants that rrule-temporal finds before
// 2040, in UTC; null where it gives up.
import { readFileSync } from "node:fs";
import { RRuleTemporal } from "rrule-temporal";

const MOST = 6;
const LAST = new Date("2040-01-01T00:00:00Z");

function expand(rule, start, zone) {
  const found = [];
  try {
    const text = zone === "UTC" ? `DTSTART:${start}Z` : `DTSTART;TZID=${zone}:${start}`;
    new RRuleTemporal({ rruleString: `${text}\nRRULE:${rule}` }).all((at) => {
      const instant = new Date(Number(at.epochMilliseconds));
      if (instant >= LAST) return false;
      found.push(instant.toISOString().slice(0, 19).replace(/[-:]/g, ""));
      return found.length < MOST;
    });
  } catch (error) {
    return null;
  }
  return found.slice(0, MOST);
}

const cases = JSON.parse(readFileSync(0, "utf8"));
const lines = cases.map(([rule, start, zone]) => JSON.stringify([rule, start, zone, expand(rule, start, zone)]));
process.stdout.write("[\n" + lines.join(",\n") + "\n]\n");
