// What a client on grpc-js, an implementation of its own, sees of a server: `node client.mjs PROTO TARGET KEY`.
// It prints one JSON object.

import { createRequire } from "node:module";

const [proto, target, key] = process.argv.slice(2);
const require = createRequire(`${process.cwd()}/`);
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const definition = loader.loadSync("scheduler/v1/scheduler.proto", { includeDirs: [proto], keepCase: true, enums: String });
const { SchedulerService } = grpc.loadPackageDefinition(definition).scheduler.v1;
const client = new SchedulerService(target, grpc.credentials.createInsecure());
const metadata = new grpc.Metadata();
metadata.set("authorization", `Bearer ${key}`);

const call = (name, request, sent = metadata) =>
  new Promise((resolve, reject) => client[name](request, sent, (error, answer) => (error ? reject(error) : resolve(answer))));

const refusal = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return { code: grpc.status[error.code], details: error.details, hasStatus: error.metadata.get("grpc-status-details-bin").length > 0 };
  }
  throw new Error("it was not refused");
};

const watch = (request) =>
  new Promise((resolve, reject) => {
    const events = [];
    const stream = client.WatchJob(request, metadata);
    stream.on("data", (event) => events.push(event));
    stream.on("error", reject);
    stream.on("end", () => resolve(events));
  });

const stream = (sizes) =>
  new Promise((resolve, reject) => {
    const sending = client.SubmitJobs(metadata, (error, answer) => (error ? reject(error) : resolve(answer)));
    for (const size of sizes) sending.write({ jobs: Array(size).fill({ type: "any", delay: { seconds: 3600 } }) });
    sending.end();
  });

const submitted = await call("SubmitJob", { job: { type: "any", priority: "PRIORITY_HIGH", payload_json: '{"a": 1}' } });
const watched = await watch({ job_id: submitted.job_id });
const shown = await call("GetJob", { job_id: submitted.job_id });
const later = await call("SubmitJob", { job: { type: "any", delay: { seconds: 3600 } } });
const cancelled = await call("CancelJob", { job_id: later.job_id });
const ended = await watch({ job_id: later.job_id });
const streamed = await stream([1, 2, 3]);
const listed = [];
for (let token = ""; ; ) {
  const page = await call("ListJobs", { page_size: 3, page_token: token });
  listed.push(page.jobs.length);
  token = page.next_page_token;
  if (!token) break;
}
const refused = {
  invalid: await refusal(call("SubmitJob", { job: {} })),
  unknown: await refusal(call("GetJob", { job_id: "3b241101-e2bb-4255-8caf-4136c566a962" })),
  anybody: await refusal(call("ListJobs", {}, new grpc.Metadata())),
};
client.close();
console.log(
  JSON.stringify({
    watched: watched.map((event) => event.state),
    state: shown.state,
    result: shown.result_json,
    cancelled: cancelled.cancelled,
    ended: ended.at(-1).state,
    streamed: Number(streamed.created),
    listed,
    refused,
  }),
);
