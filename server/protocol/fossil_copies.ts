/**
 * What two payloads have in common, as Fossil looks for it.
 *
 * https://fossil-scm.org/home/doc/trunk/www/delta_encoder_algorithm.wiki
 *
 * Beyond the published algorithm two places are tried without the hash, as most changes to a
 * payload replace one value: where the source goes on after the last copy, and where it stands as
 * far from its end as the target. They find what is shorter than two blocks.
 */

/** NHASH of the algorithm: bytes under the rolling hash, and from one indexed block to the next. */
const BLOCK_BYTES = 16;

/** Blocks of one hash that are compared: the work stays linear where the source repeats itself. */
const MAX_CANDIDATES = 16;

/** What a copy between two inserts adds: the second one's header, as `12:`. */
const INSERT_HEADER_BYTES = 3;

/** Bytes of the target, from `to`, that stand in the source from `from`. */
export interface Copy {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/**
 * What a delta copies from `source` to make `target`, in the order of `target`, nothing twice.
 *
 * A copy is shorter in a delta than its bytes would be, and no copy begins or ends within a UTF-8
 * character of the target. The work is linear to both lengths whatever they hold.
 */
export function copiesOf(source: Uint8Array, target: Uint8Array): Copy[] {
  const finder = new CopyFinder(source, target);
  const hash = new RollingHash(target);
  const copies: Copy[] = [];
  let at = 0;
  while (at < target.length) {
    const copy = finder.findAt(at, hash.value);
    if (copy === undefined) {
      at += 1;
      hash.roll();
    } else {
      copies.push(copy);
      at = copy.to + copy.length;
      hash.moveTo(at);
    }
  }
  return copies;
}

/** Looks, front to back, for what of the target the source has as well. */
class CopyFinder {
  readonly #source: Uint8Array;
  readonly #target: Uint8Array;
  readonly #blocks: BlockIndex;
  /** Where the last copy ended in the target: nothing before it is looked at again. */
  #literalStart = 0;
  /** From a place in the target to the one in the source, as the last copy had it. */
  #shift = 0;
  #bestFrom = 0;
  #bestTo = 0;
  #bestLength = 0;

  constructor(source: Uint8Array, target: Uint8Array) {
    this.#source = source;
    this.#target = target;
    this.#blocks = new BlockIndex(source);
  }

  /** The longest copy around `at`, a place with this hash, if it is shorter than its bytes. */
  findAt(at: number, hash: number): Copy | undefined {
    this.#bestLength = 0;
    this.#consider(at + this.#shift, at);
    this.#consider(at + this.#source.length - this.#target.length, at);
    let block = this.#blocks.first(hash);
    for (let tried = 0; block >= 0 && tried < MAX_CANDIDATES; tried += 1) {
      this.#consider(block * BLOCK_BYTES, at);
      block = this.#blocks.next(block);
    }
    return this.#take();
  }

  /** Measures how far both sides agree before and after a place, and keeps the longest. */
  #consider(from: number, at: number): void {
    const source = this.#source;
    const target = this.#target;
    if (from < 0) return;
    const most = Math.min(source.length - from, target.length - at);
    let after = 0;
    while (after < most && source[from + after] === target[at + after]) after += 1;
    if (after === 0) return;
    const mostBefore = Math.min(from, at - this.#literalStart);
    let before = 0;
    while (before < mostBefore && source[from - before - 1] === target[at - before - 1]) {
      before += 1;
    }
    if (before + after <= this.#bestLength) return;
    this.#bestLength = before + after;
    this.#bestFrom = from - before;
    this.#bestTo = at - before;
  }

  #take(): Copy | undefined {
    if (this.#bestLength <= INSERT_HEADER_BYTES) return undefined;
    const copy = this.#wholeCharacters();
    const { from, to, length } = copy;
    if (length - copyBytes(copy) <= INSERT_HEADER_BYTES) return undefined;
    this.#shift = from - to;
    this.#literalStart = to + length;
    return copy;
  }

  /**
   * The best copy without the parts of characters at its ends, so that no insert has the others.
   * In what is no UTF-8 this costs three bytes at each end, and no more.
   */
  #wholeCharacters(): Copy {
    let to = this.#bestTo;
    let end = to + this.#bestLength;
    for (let cut = 0; cut < 3 && isContinuation(this.#target[to]); cut += 1) to += 1;
    for (let cut = 0; cut < 3 && isContinuation(this.#target[end]); cut += 1) end -= 1;
    return { from: this.#bestFrom + to - this.#bestTo, to, length: end - to };
  }
}

/** RFC 3629 3: a byte of a character that is not its first. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The blocks of the source by their hash: those of one bucket are a chain, the first one ahead. */
class BlockIndex {
  readonly #bucketShift: number;
  /** Numbers of blocks plus one, as 0 ends a chain. */
  readonly #heads: Int32Array;
  readonly #nexts: Int32Array;

  constructor(source: Uint8Array) {
    const count = Math.floor(source.length / BLOCK_BYTES);
    const bucketBits = 33 - Math.clz32(count);
    this.#bucketShift = 32 - bucketBits;
    this.#heads = new Int32Array(1 << bucketBits);
    this.#nexts = new Int32Array(count);
    const hash = new RollingHash(source);
    for (let block = count - 1; block >= 0; block -= 1) {
      hash.moveTo(block * BLOCK_BYTES);
      const bucket = this.#bucketOf(hash.value);
      this.#nexts[block] = this.#heads[bucket] ?? 0;
      this.#heads[bucket] = block + 1;
    }
  }

  /** The number of the first block that may have this hash, -1 for none. */
  first(hash: number): number {
    return (this.#heads[this.#bucketOf(hash)] ?? 0) - 1;
  }

  /** The number of the block after this one in its chain, -1 for none. */
  next(block: number): number {
    return (this.#nexts[block] ?? 0) - 1;
  }

  /** Both sums hardly use their high bits, so that they are mixed first: Knuth, TAOCP 3, 6.4. */
  #bucketOf(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.#bucketShift;
  }
}

/** The rolling hash of the algorithm over one block; past the end there are zeroes. */
class RollingHash {
  readonly #bytes: Uint8Array;
  #at = 0;
  #sum = 0;
  /** The same sum, but the first byte counts 16 times and the last one once. */
  #weightedSum = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.moveTo(0);
  }

  get value(): number {
    return this.#sum | (this.#weightedSum << 16);
  }

  moveTo(at: number): void {
    this.#at = at;
    this.#sum = 0;
    this.#weightedSum = 0;
    for (let index = at; index < at + BLOCK_BYTES; index += 1) {
      this.#sum += this.#bytes[index] ?? 0;
      this.#weightedSum += this.#sum;
    }
  }

  roll(): void {
    const left = this.#bytes[this.#at] ?? 0;
    this.#sum += (this.#bytes[this.#at + BLOCK_BYTES] ?? 0) - left;
    this.#weightedSum += this.#sum - BLOCK_BYTES * left;
    this.#at += 1;
  }
}

/** What a copy takes in a delta, as in `1A@2b,`. */
function copyBytes({ from, length }: Copy): number {
  return digitCount(length) + digitCount(from) + 2;
}

function digitCount(value: number): number {
  return Math.max(1, Math.ceil((32 - Math.clz32(value)) / 6));
}
