/** A file of an archive. */
export interface ArchivedFile {
  /** Path inside the archive: letters, digits, dot, dash, underscore and slash; at most 100 bytes. */
  readonly name: string;
  readonly content: Buffer;
}

const block = 512;
const safeName = /^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[\w.@/-]{1,100}$/;

/**
 * An archive in the POSIX ustar format, which every tar reads: files in the order given, mode 0600, no owner, all of
 * one time, so that equal files make equal bytes.
 */
export function makeTar(files: readonly ArchivedFile[], modifiedMs: number): Buffer {
  return Buffer.concat([
    ...files.flatMap(({ name, content }) => [
      headerOf(name, content.length, Math.floor(modifiedMs / 1000)),
      content,
      Buffer.alloc((block - (content.length % block)) % block),
    ]),
    Buffer.alloc(2 * block),
  ]);
}

/** Reads an archive that {@link makeTar} made; throws on whatever it would not have written. */
export function readTar(tar: Buffer): readonly ArchivedFile[] {
  const files: ArchivedFile[] = [];
  let at = 0;
  while (at + block <= tar.length && tar[at] !== 0) {
    const header = tar.subarray(at, at + block);
    const text = (from: number, length: number): string =>
      header.toString('latin1', from, from + length).split('\0', 1)[0] ?? '';
    const name = text(0, 100);
    const size = Number.parseInt(text(124, 12), 8);
    if (!safeName.test(name) || !Number.isSafeInteger(size) || checksumOf(header) !== Number.parseInt(text(148, 8), 8))
      throw new Error(`the archive has a damaged header at byte ${at}`);
    const content = tar.subarray(at + block, at + block + size);
    if (content.length !== size) throw new Error(`the archive ends within ${name}`);
    files.push({ name, content });
    at += block + Math.ceil(size / block) * block;
  }
  if (tar.length !== at + 2 * block || tar.subarray(at).some((byte) => byte !== 0))
    throw new Error('the archive has no proper end');
  return files;
}

function headerOf(name: string, size: number, modified: number): Buffer {
  if (!safeName.test(name)) throw new Error(`${JSON.stringify(name)} can't be a name in an archive`);
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number): void => {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  header.write(name, 0, 'latin1');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(modified, 136, 12);
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(`${checksumOf(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** Sum of the header's bytes, the eight of the checksum itself counted as spaces. */
function checksumOf(header: Buffer): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}
