/** Who clients are and what they may do. @module */
export * from "./identity.ts";
export { JwtVerifier, type JwtVerifierOptions } from "./jwt_verifier.ts";
export * from "./permissions.ts";
export { tokenProblems } from "./token_problems.ts";
export * from "./publication_format.ts";
