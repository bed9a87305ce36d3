/** How a bundle lets CommonJS packages load modules of Node. */
const EAGER =
  /import ?\{ ?createRequire as (\w+) ?\} from "node:module";\s*var (\w+) ?= ?\1\(import\.meta\.url\);/;

/**
 * A bundle's file in which that is loaded by the package that needs it. Loading it with the program,
 * which needs it only once somebody speaks Protobuf, takes 7 ms of each start.
 */
export function withLazyRequire(script: string): string {
  return script.replace(EAGER, "var $2 = (id) => process.getBuiltinModule(id);");
}
