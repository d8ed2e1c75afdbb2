// A WASI host (preview 1): what the program may ask for, and nothing else is there to be asked for. It sees two folders: /given, which
// it can only read, and /tmp, which is memory. Its clock stands still and its random numbers are zeros, so that nothing it
// makes can depend on when or where it runs.
"use strict";

const OK = 0, NO_HANDLE = 8, EXISTS = 20, INVALID = 28, IS_FOLDER = 31, ABSENT = 44, NOT_THERE = 52, NO_FOLDER = 54, NOT_EMPTY = 55,
  READ_ONLY = 69;
const TERMINAL_KIND = 2, FOLDER_KIND = 3, FILE_KIND = 4;
const CREATE = 1, ONLY_FOLDER = 2, ONLY_NEW = 4, TRUNCATE = 8, APPEND = 1;

let numbers = 0;

/** A folder: names to folders and files. */
class Folder {
  kind = FOLDER_KIND;
  number = ++numbers;
  size = 0;
  entries = new Map();
  constructor(writable) { this.writable = writable; }
}

/** A file that was given: `read(start, end)` gives its bytes, when they are asked for. */
class GivenFile {
  kind = FILE_KIND;
  number = ++numbers;
  writable = false;
  constructor(size, read) { this.size = size; this.bytes = read; }
  read(at, end) { return this.bytes(at, Math.min(end, this.size)); }
}

/** A file in memory. */
class MemoryFile {
  kind = FILE_KIND;
  number = ++numbers;
  writable = true;
  size = 0;
  content = new Uint8Array(4096);
  read(at, end) { return this.content.subarray(at, Math.min(end, this.size)); }
  write(at, bytes) {
    if (at + bytes.length > this.size) this.resize(at + bytes.length);
    this.content.set(bytes, at);
  }
  resize(size) {
    if (size > this.content.length) {
      const content = new Uint8Array(Math.max(size, this.content.length * 2));
      content.set(this.content.subarray(0, this.size));
      this.content = content;
    }
    if (size < this.size) this.content.fill(0, size, this.size);
    this.size = size;
  }
}

/** Standard output and error: whole lines go to `tell`. */
class Lines {
  kind = TERMINAL_KIND;
  number = ++numbers;
  writable = true;
  size = 0;
  decoder = new TextDecoder();
  rest = "";
  constructor(tell) { this.tell = tell; }
  read() { return new Uint8Array(0); }
  write(_at, bytes) {
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split("\n");
    this.rest = lines.pop();
    lines.forEach((line) => this.tell(line));
  }
}

/** Ends the program from inside one of its calls. */
class Exit { constructor(code) { this.code = code; } }

/** The folder that holds `files`, each `{ name: "objects/a.json", size, read }`. */
function folderOf(files) {
  const root = new Folder(false);
  for (const { name, size, read } of files) {
    const parts = name.split("/");
    const last = parts.pop();
    let folder = root;
    for (const part of parts) {
      if (!folder.entries.has(part)) folder.entries.set(part, new Folder(false));
      folder = folder.entries.get(part);
    }
    folder.entries.set(last, new GivenFile(size, read));
  }
  return root;
}

/** The calls of a program that runs with `args`, over its memory, which `memory()` gives: it moves when it grows. */
class Calls {
  constructor(args, given, tell, memory) {
    this.args = args.map((text) => new TextEncoder().encode(text + "\0"));
    this.memory = memory;
    this.names = ["/given", "/tmp"];
    const terminal = (line) => new Lines(line);
    const nodes = [terminal(() => {}), terminal(tell.output), terminal(tell.error), given, new Folder(true)];
    this.handles = new Map(nodes.map((node, index) => [index, { node, at: 0, append: false }]));
    this.next = nodes.length;
  }

  // Of the program's memory.

  view() { return new DataView(this.memory().buffer); }
  bytes(at, length) { return new Uint8Array(this.memory().buffer, at, length); }
  text(at, length) { return new TextDecoder().decode(this.bytes(at, length)); }
  putNumber(at, number) { this.view().setUint32(at, number, true); return OK; }
  putLong(at, number) { this.view().setBigUint64(at, BigInt(number), true); return OK; }

  /** The stretches of memory that a call reads into or writes from. */
  stretches(at, count) {
    const view = this.view();
    return Array.from({ length: count }, (_, index) =>
      this.bytes(view.getUint32(at + 8 * index, true), view.getUint32(at + 8 * index + 4, true)));
  }

  putStatus(at, node) {
    this.bytes(at, 64).fill(0);
    this.putLong(at, 1);
    this.putLong(at + 8, node.number);
    this.view().setUint8(at + 16, node.kind);
    this.putLong(at + 24, 1);
    return this.putLong(at + 32, node.size);
  }

  // Of folders.

  /** What is at a path below the folder `handle`: its parent, its name there, and the node or nothing. Or an error's number. */
  find(handle, at, length) {
    const base = this.handles.get(handle);
    if (!base) return NO_HANDLE;
    const parts = this.text(at, length).split("/").filter((part) => part !== "" && part !== ".");
    if (parts.includes("..")) return INVALID;
    let [parent, node] = [base.node, base.node];
    for (const part of parts) {
      if (node?.kind !== FOLDER_KIND) return node ? NO_FOLDER : ABSENT;
      [parent, node] = [node, node.entries.get(part)];
    }
    return { parent, node, name: parts.at(-1) };
  }

  open(node, flags) {
    this.handles.set(this.next, { node, at: 0, append: (flags & APPEND) !== 0 });
    return this.next++;
  }

  create(found, how) {
    if (!(how & CREATE)) return ABSENT;
    if (!found.parent.writable) return READ_ONLY;
    const node = new MemoryFile();
    found.parent.entries.set(found.name, node);
    return node;
  }

  remove(found, kind) {
    if (typeof found === "number") return found;
    if (!found.node) return ABSENT;
    if (!found.parent.writable) return READ_ONLY;
    if (found.node.kind !== kind) return kind === FOLDER_KIND ? NO_FOLDER : IS_FOLDER;
    if (kind === FOLDER_KIND && found.node.entries.size > 0) return NOT_EMPTY;
    found.parent.entries.delete(found.name);
    return OK;
  }

  // Of files.

  readInto(handle, at, stretches, count) {
    const node = this.handles.get(handle)?.node;
    if (!node) return NO_HANDLE;
    if (node.kind === FOLDER_KIND) return IS_FOLDER;
    let total = 0;
    for (const stretch of this.stretches(stretches, count)) {
      const bytes = node.read(at + total, at + total + stretch.length);
      stretch.set(bytes);
      total += bytes.length;
      if (bytes.length < stretch.length) break;
    }
    return { total };
  }

  writeFrom(handle, at, stretches, count) {
    const node = this.handles.get(handle)?.node;
    if (!node) return NO_HANDLE;
    if (!node.writable || !node.write) return READ_ONLY;
    let total = 0;
    for (const stretch of this.stretches(stretches, count)) {
      node.write(at + total, stretch);
      total += stretch.length;
    }
    return { total };
  }

  /** The calls by their names in WASI. */
  table() {
    return {
      args_sizes_get: (count, size) => {
        this.putNumber(count, this.args.length);
        return this.putNumber(size, this.args.reduce((sum, arg) => sum + arg.length, 0));
      },
      args_get: (pointers, buffer) => {
        for (const [index, arg] of this.args.entries()) {
          this.putNumber(pointers + 4 * index, buffer);
          this.bytes(buffer, arg.length).set(arg);
          buffer += arg.length;
        }
        return OK;
      },
      environ_sizes_get: (count, size) => this.putNumber(count, 0) || this.putNumber(size, 0),
      environ_get: () => OK,
      clock_time_get: (_clock, _precision, to) => this.putLong(to, 0),
      random_get: (at, length) => { this.bytes(at, length).fill(0); return OK; },
      proc_exit: (code) => { throw new Exit(code); },
      sched_yield: () => OK,
      ...this.handleCalls(),
      ...this.fileCalls(),
      ...this.pathCalls(),
    };
  }

  handleCalls() {
    const existing = (handle, act) => { const open = this.handles.get(handle); return open ? act(open) : NO_HANDLE; };
    return {
      fd_close: (handle) => (this.handles.delete(handle) ? OK : NO_HANDLE),
      fd_fdstat_get: (handle, to) => existing(handle, ({ node, append }) => {
        this.bytes(to, 24).fill(0);
        this.view().setUint8(to, node.kind);
        this.view().setUint16(to + 2, append ? APPEND : 0, true);
        // What may be done is decided when it is done.
        this.putLong(to + 8, 0xffff_ffff_ffff_ffffn);
        return this.putLong(to + 16, 0xffff_ffff_ffff_ffffn);
      }),
      fd_fdstat_set_flags: (handle, flags) => existing(handle, (open) => { open.append = (flags & APPEND) !== 0; return OK; }),
      fd_filestat_get: (handle, to) => existing(handle, ({ node }) => this.putStatus(to, node)),
      fd_prestat_get: (handle, to) => {
        const name = this.names[handle - 3];
        return name ? this.putNumber(to, 0) || this.putNumber(to + 4, name.length) : NO_HANDLE;
      },
      fd_prestat_dir_name: (handle, to, length) => {
        this.bytes(to, length).set(new TextEncoder().encode(this.names[handle - 3]).subarray(0, length));
        return OK;
      },
      fd_readdir: (handle, to, length, cookie, used) => existing(handle, ({ node }) => this.list(node, to, length, Number(cookie), used)),
    };
  }

  fileCalls() {
    const moved = (handle, act) => {
      const open = this.handles.get(handle);
      if (!open) return NO_HANDLE;
      const done = act(open);
      if (typeof done !== "number") open.at += done.total;
      return done;
    };
    const told = (done, to) => (typeof done === "number" ? done : this.putNumber(to, done.total));
    return {
      fd_read: (handle, at, count, to) => told(moved(handle, (open) => this.readInto(handle, open.at, at, count)), to),
      fd_write: (handle, at, count, to) => told(moved(handle, (open) => {
        if (open.append) open.at = open.node.size;
        return this.writeFrom(handle, open.at, at, count);
      }), to),
      fd_pread: (handle, at, count, offset, to) => told(this.readInto(handle, Number(offset), at, count), to),
      fd_pwrite: (handle, at, count, offset, to) => told(this.writeFrom(handle, Number(offset), at, count), to),
      fd_seek: (handle, offset, from, to) => {
        const open = this.handles.get(handle);
        if (!open) return NO_HANDLE;
        const at = [0, open.at, open.node.size][from] + Number(offset);
        if (!(at >= 0)) return INVALID;
        open.at = at;
        return this.putLong(to, at);
      },
      fd_filestat_set_size: (handle, size) => {
        const node = this.handles.get(handle)?.node;
        if (!node?.resize) return node ? READ_ONLY : NO_HANDLE;
        node.resize(Number(size));
        return OK;
      },
      fd_sync: () => OK,
      fd_datasync: () => OK,
    };
  }

  pathCalls() {
    return {
      path_open: (handle, _follow, path, length, how, _rights, _inherited, flags, to) => {
        const found = this.find(handle, path, length);
        if (typeof found === "number") return found;
        if (found.node && how & ONLY_NEW) return EXISTS;
        const node = found.node ?? this.create(found, how);
        if (typeof node === "number") return node;
        if (how & ONLY_FOLDER && node.kind !== FOLDER_KIND) return NO_FOLDER;
        if (how & TRUNCATE) { if (!node.resize) return READ_ONLY; node.resize(0); }
        return this.putNumber(to, this.open(node, flags));
      },
      path_filestat_get: (handle, _follow, path, length, to) => {
        const found = this.find(handle, path, length);
        if (typeof found === "number") return found;
        return found.node ? this.putStatus(to, found.node) : ABSENT;
      },
      path_create_directory: (handle, path, length) => {
        const found = this.find(handle, path, length);
        if (typeof found === "number") return found;
        if (found.node) return EXISTS;
        if (!found.parent.writable) return READ_ONLY;
        found.parent.entries.set(found.name, new Folder(true));
        return OK;
      },
      path_remove_directory: (handle, path, length) => this.remove(this.find(handle, path, length), FOLDER_KIND),
      path_unlink_file: (handle, path, length) => this.remove(this.find(handle, path, length), FILE_KIND),
      path_filestat_set_times: () => OK,
      path_readlink: () => INVALID,
    };
  }

  /** Writes the names in a folder, from `cookie` on, as far as they fit: the last may be cut, and is asked for again. */
  list(folder, to, length, cookie, used) {
    if (folder.kind !== FOLDER_KIND) return NO_FOLDER;
    let filled = 0;
    for (const [index, [name, node]] of [...folder.entries].entries()) {
      if (index < cookie || filled >= length) continue;
      const text = new TextEncoder().encode(name);
      const entry = new Uint8Array(24 + text.length);
      const view = new DataView(entry.buffer);
      view.setBigUint64(0, BigInt(index + 1), true);
      view.setBigUint64(8, BigInt(node.number), true);
      view.setUint32(16, text.length, true);
      view.setUint8(20, node.kind);
      entry.set(text, 24);
      const fits = entry.subarray(0, length - filled);
      this.bytes(to + filled, fits.length).set(fits);
      filled += fits.length;
    }
    return this.putNumber(used, filled);
  }
}

/**
 * Runs the compiled `program` with `args` over `files`. `tell` has `output` and `error`, which take lines. Gives the exit code.
 * A call that this host does not have is answered with an error, as WASI says.
 */
async function run(program, args, files, tell) {
  let instance;
  const calls = new Calls(args, folderOf(files), tell, () => instance.exports.memory).table();
  const imports = {};
  for (const { module, name } of WebAssembly.Module.imports(program)) {
    imports[module] ??= {};
    imports[module][name] = calls[name] ?? (() => NOT_THERE);
  }
  instance = await WebAssembly.instantiate(program, imports);
  try {
    instance.exports._start();
    return 0;
  } catch (thrown) {
    if (thrown instanceof Exit) return thrown.code;
    throw thrown;
  }
}
