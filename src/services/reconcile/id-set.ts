/** A set of whole numbers from 0 on, 32 to a slot: dense ids take about half a byte each, scattered ones 24 bytes. */
export interface IdSet {
  add(id: number): void;
  remove(id: number): void;
  has(id: number): boolean;
  /** Adds 32 ids at once: bit n of `bits` is the id `32 * block + n`. */
  addBlock(block: number, bits: number): void;
  /** The 32 ids of a block; unsigned. */
  bitsOf(block: number): number;
  /** Blocks that were ever used, in no order. */
  blocks(): IterableIterator<number>;
  readonly size: number;
}

/** An empty set. Open addressing in typed arrays: a million numbers in a Set would take a hundred times as much. */
export function createIdSet(): IdSet {
  let keys = new Float64Array(1024).fill(-1);
  let bits = new Uint32Array(1024);
  let used = 0;
  let size = 0;

  const slotOf = (block: number): number => {
    const mask = keys.length - 1;
    let slot = (Math.imul(block | 0, 0x9e3779b1) ^ Math.imul((block / 2 ** 32) | 0, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const key = keys[slot];
      if (key === block || key === -1) return slot;
      slot = (slot + 1) & mask;
    }
  };
  const claim = (block: number): number => {
    const slot = slotOf(block);
    if (keys[slot] === block) return slot;
    if (used * 2 >= keys.length) {
      grow();
      return claim(block);
    }
    keys[slot] = block;
    used += 1;
    return slot;
  };
  const grow = (): void => {
    const [oldKeys, oldBits] = [keys, bits];
    keys = new Float64Array(oldKeys.length * 2).fill(-1);
    bits = new Uint32Array(keys.length);
    for (const [at, key] of oldKeys.entries()) {
      if (key === -1) continue;
      const slot = slotOf(key);
      keys[slot] = key;
      bits[slot] = oldBits[at] ?? 0;
    }
  };
  const set = (slot: number, next: number): void => {
    const before = bits[slot] ?? 0;
    size += ones(next) - ones(before);
    bits[slot] = next;
  };

  return {
    add: (id) => {
      const slot = claim(Math.floor(id / 32));
      set(slot, ((bits[slot] ?? 0) | (1 << (id % 32))) >>> 0);
    },
    remove: (id) => {
      const slot = slotOf(Math.floor(id / 32));
      if (keys[slot] !== -1) set(slot, ((bits[slot] ?? 0) & ~(1 << (id % 32))) >>> 0);
    },
    has: (id) => {
      const slot = slotOf(Math.floor(id / 32));
      return keys[slot] !== -1 && (((bits[slot] ?? 0) >>> (id % 32)) & 1) === 1;
    },
    addBlock: (block, added) => {
      const slot = claim(block);
      set(slot, ((bits[slot] ?? 0) | added) >>> 0);
    },
    bitsOf: (block) => {
      const slot = slotOf(block);
      return keys[slot] === -1 ? 0 : (bits[slot] ?? 0);
    },
    *blocks() {
      for (const key of keys) if (key !== -1) yield key;
    },
    get size() {
      return size;
    },
  };
}

/** Ids of one set that another lacks, in no order. */
export function* lacking(set: IdSet, other: IdSet): IterableIterator<number> {
  for (const block of set.blocks()) {
    let left = (set.bitsOf(block) & ~other.bitsOf(block)) >>> 0;
    while (left !== 0) {
      const bit = 31 - Math.clz32(left);
      yield block * 32 + bit;
      left = (left & ~(1 << bit)) >>> 0;
    }
  }
}

function ones(bits: number): number {
  let left = bits - ((bits >>> 1) & 0x55555555);
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333);
  return (((left + (left >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
