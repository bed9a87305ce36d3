// @ts-types="./ioredis.d.ts"
export { Redis } from "ioredis";
