/**
 * Whether a message is larger than that, in bytes. UTF-8 is measured only where the number of
 * UTF-16 units leaves it open.
 */
export function isLargerThan(data: string | ArrayBuffer | Uint8Array, maxBytes: number): boolean {
  if (typeof data !== "string") return data.byteLength > maxBytes;
  if (data.length > maxBytes) return true;
  return data.length * 3 > maxBytes && new TextEncoder().encode(data).byteLength > maxBytes;
}
