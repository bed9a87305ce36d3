import type { SectionShape, Shape, ValueShape } from "./file_shape.ts";
import { fileShape } from "./file_shape.ts";
import type { Schema } from "./option_types.ts";

/** The JSON Schema (draft 2020-12) of the configuration file, for editors and programs. */
export function jsonSchema(): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Midgard",
    ...schemaOf(fileShape()),
  };
}

function schemaOf(shape: Shape): Schema {
  switch (shape.kind) {
    case "value":
      return schemaOfValue(shape);
    case "section":
      return schemaOfSection(shape);
    case "list":
      return { description: shape.help, type: "array", items: schemaOf(shape.item) };
  }
}

function schemaOfValue({ setting }: ValueShape): Schema {
  const { help, type } = setting;
  const given = type.write(setting.default);
  const schema = { description: help, ...type.schema };
  return given === undefined ? schema : { ...schema, default: given };
}

function schemaOfSection({ help, members, required }: SectionShape): Schema {
  const properties = [...members].map(([name, member]) => [name, schemaOf(member)] as const);
  return {
    description: help,
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}
