import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * A class of Java's own JavaScript engine that Maxwell 1.22 asks each value about before it writes it as JSON, and that
 * Java 15 took out: without it that Maxwell ends at the first change on a newer Java.
 */
const removedClass = 'jdk/nashorn/api/scripting/ScriptObjectMirror';

/** Writes an empty class of that name below `folder`, for the class path. No value is ever an instance of it. */
export async function writeRemovedJavaClass(folder: string): Promise<void> {
  const path = join(folder, `${removedClass}.class`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, emptyClass(removedClass), { mode: 0o600 });
}

/** The class file (format 52, Java 8) of an abstract class without members: JVMS §4. */
function emptyClass(name: string): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([Buffer.from([1]), u2(bytes.length), bytes]);
  };
  const classOf = (index: number): Buffer => Buffer.concat([Buffer.from([7]), u2(index)]);
  const constants = [text(name), classOf(1), text('java/lang/Object'), classOf(3)];
  const abstractSuperPublic = 0x0421;
  return Buffer.concat([
    Buffer.from([0xca, 0xfe, 0xba, 0xbe]),
    ...[0, 52, constants.length + 1].map(u2),
    ...constants,
    // Flags, this class, its super class; then no interfaces, fields, methods and attributes.
    ...[abstractSuperPublic, 2, 4, 0, 0, 0, 0].map(u2),
  ]);
}

function u2(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
