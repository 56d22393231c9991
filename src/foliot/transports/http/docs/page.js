// Shows /openapi.json: a table of contents, and for each operation what it takes and gives.
"use strict";

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const nameOf = (reference) => reference.split("/").pop();

const show = (api) => {
  const resolve = (schema) => (schema.$ref ? api.components.schemas[nameOf(schema.$ref)] : schema);

  // What a value may be, in a few words; structures link to their table.
  const kind = (schema) => {
    if (schema.$ref) return [make("a", { href: "#" + nameOf(schema.$ref) }, nameOf(schema.$ref))];
    const alternatives = schema.anyOf || schema.oneOf;
    if (alternatives) return alternatives.flatMap((one, index) => (index ? [" or ", ...kind(one)] : kind(one)));
    if (schema.enum) return [schema.enum.map((one) => JSON.stringify(one)).join(", ")];
    if (schema.type === "array") return ["list of ", ...kind(schema.items || {})];
    return [[schema.type || "any JSON", schema.format && `(${schema.format})`].filter(Boolean).join(" ")];
  };

  const limits = (schema) => {
    const parts = [];
    if (schema.minimum !== undefined) parts.push(`at least ${schema.minimum}`);
    if (schema.exclusiveMinimum !== undefined) parts.push(`above ${schema.exclusiveMinimum}`);
    if (schema.maximum !== undefined) parts.push(`at most ${schema.maximum}`);
    if (schema.default !== undefined && schema.default !== null) parts.push(`default ${JSON.stringify(schema.default)}`);
    return parts.join(", ");
  };

  const row = (name, schema, required, where) =>
    make("tr", {},
      make("td", {}, make("code", {}, name), required ? "" : make("span", { class: "quiet" }, " optional")),
      make("td", {}, ...(where ? [make("span", { class: "quiet" }, where + " ")] : []), ...kind(schema)),
      make("td", {}, [schema.description, limits(schema)].filter(Boolean).join(" — ")));

  const members = (schema) =>
    make("table", {}, ...Object.entries(schema.properties || {}).map(([name, member]) =>
      row(name, member, (schema.required || []).includes(name))));

  const example = (path, method, operation) => {
    const lines = [`curl -X ${method} "$FOLIOT_URL${path}"`];
    if (operation.security.length) lines.push(`-H "Authorization: Bearer $FOLIOT_API_KEY"`);
    const body = operation.requestBody && resolve(operation.requestBody.content["application/json"].schema);
    if (body) {
      const sample = {};
      for (const [name, member] of Object.entries(body.properties))
        if (member.examples || (body.required || []).includes(name))
          sample[name] = member.examples ? member.examples[0] : member.enum ? member.enum[0] : member.type === "array" ? [] : "…";
      lines.push(`-H "Content-Type: application/json"`, `-d '${JSON.stringify(sample)}'`);
    }
    return make("pre", {}, lines.join(" \\\n  "));
  };

  const answers = (operation) =>
    make("table", {}, ...Object.entries(operation.responses).map(([status, response]) => {
      const shared = response.$ref ? api.components.responses[nameOf(response.$ref)] : response;
      const content = Object.entries(shared.content || {})[0];
      return make("tr", {},
        make("td", {}, make("code", {}, status)),
        make("td", {}, ...(content ? kind(content[1].schema) : ["no content"])),
        make("td", {}, shared.description));
    }));

  const contents = document.getElementById("contents");
  const main = document.getElementById("main");
  main.replaceChildren(
    make("h1", {}, `${api.info.title} ${api.info.version}`),
    make("p", {}, api.info.description),
    make("p", {}, make("a", { href: "/openapi.json" }, "openapi.json")));

  for (const tag of api.tags) {
    contents.append(make("h2", {}, tag.name));
    for (const [path, operations] of Object.entries(api.paths))
      for (const [verb, operation] of Object.entries(operations)) {
        if (!operation.tags.includes(tag.name)) continue;
        const method = verb.toUpperCase();
        const section = make("section", { id: operation.operationId },
          make("h3", {}, make("span", { class: `method ${method}` }, method), " ", make("code", {}, path)),
          make("p", {}, make("strong", {}, operation.summary + ". "), operation.description));
        if (operation.parameters.length)
          section.append(make("table", {}, ...operation.parameters.map((one) =>
            row(one.name, one.schema, one.required, one.in))));
        if (operation.requestBody)
          section.append(make("p", {}, "Body: ", ...kind(operation.requestBody.content["application/json"].schema)));
        section.append(example(path, method, operation), answers(operation));
        main.append(section);
        contents.append(make("a", { href: "#" + operation.operationId }, operation.summary));
      }
  }

  contents.append(make("h2", {}, "Structures"));
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    main.append(make("section", { id: name },
      make("h3", {}, name),
      make("p", {}, schema.description || ""),
      schema.enum ? make("p", {}, ...kind(schema)) : members(schema)));
    contents.append(make("a", { href: "#" + name }, name));
  }
};

fetch("/openapi.json")
  .then((response) => response.json())
  .then(show)
  .catch((error) => document.getElementById("main").replaceChildren(`/openapi.json could not be shown: ${error}`));
