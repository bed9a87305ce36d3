/** Prints the table of the README that tells what a million clients would take. */
import { modelTable } from "./model.ts";

console.log(modelTable());
