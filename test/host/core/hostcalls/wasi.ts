// The WASI functions that toolchains link, answered as proxy-wasm-cpp-host does: standard output and error are log lines,
// there are clocks, randomness and environment variables, there are no files and no sockets.
import { readable, toBytes } from '../bytes.ts'
import type { Vm } from '../vm.ts'
import type { HostCalls } from './imports.ts'

const OK = 0
const BADF = 8
const FAULT = 21
const INVAL = 28
const NOENT = 44
const NOSYS = 52
const NOTDIR = 20
const NOTSUP = 58
const RANDOM_MAX = 64 * 1024

const isOutput = (fd: number): boolean => fd === 1 || fd === 2
const outputOnly = (fd: number): number => (isOutput(fd) ? OK : BADF)

export const wasiCalls = (vm: Vm): HostCalls => {
  const memory = () => vm.memory
  const zeroAt = (at: number): boolean => memory().writeWord(at >>> 0, 0)
  const not = (at: number, answer: number): number => (zeroAt(at) ? answer : FAULT)
  return {
    ...output(vm),
    ...clocks(vm),
    ...environment(vm),
    args_get: () => OK,
    args_sizes_get: (countAt: number, sizeAt: number) => (zeroAt(countAt) && zeroAt(sizeAt) ? OK : FAULT),
    fd_advise: () => OK,
    fd_allocate: outputOnly,
    fd_close: () => OK,
    fd_datasync: outputOnly,
    fd_fdstat_get: (fd: number, at: number) => {
      if (!isOutput(fd)) return BADF
      const stat = new Uint8Array(24)
      stat[8] = 64 // __WASI_RIGHTS_FD_WRITE
      memory().write(at >>> 0, stat)
      return OK
    },
    fd_fdstat_set_flags: () => NOSYS,
    fd_fdstat_set_rights: outputOnly,
    fd_filestat_get: () => BADF,
    fd_filestat_set_size: outputOnly,
    fd_filestat_set_times: outputOnly,
    fd_pread: () => NOSYS,
    fd_prestat_dir_name: () => NOSYS,
    fd_prestat_get: () => BADF,
    fd_read: () => NOSYS,
    fd_readdir: (_fd: number, _buf: number, _size: number, _cookie: bigint, at: number) => not(at, NOTDIR),
    fd_renumber: (from: number, to: number) => (isOutput(from) && isOutput(to) ? NOTSUP : BADF),
    fd_seek: () => OK,
    fd_sync: outputOnly,
    fd_tell: (fd: number, at: number) => {
      if (!isOutput(fd)) return BADF
      return memory().writeLong(at >>> 0, 0n) ? OK : FAULT
    },
    path_create_directory: () => NOTSUP,
    path_filestat_get: () => NOTSUP,
    path_filestat_set_times: () => NOTSUP,
    path_link: () => NOTSUP,
    path_open: () => NOENT,
    path_readlink: (_fd: number, _p: number, _n: number, _b: number, _s: number, at: number) => not(at, NOTSUP),
    path_remove_directory: () => NOTSUP,
    path_rename: () => NOTSUP,
    path_symlink: () => NOTSUP,
    path_unlink_file: () => NOTSUP,
    // Go's runtime polls while it starts, and needs success.
    poll_oneoff: (_in: number, _out: number, _count: number, at: number) => not(at, OK),
    // The host only notes it; what follows in the module is `unreachable`.
    proc_exit: () => undefined,
    random_get: (at: number, size: number) => {
      const length = size >>> 0
      if (length > RANDOM_MAX) return INVAL
      const bytes = Uint8Array.from({ length }, () => Math.floor(vm.world.random() * 256))
      return memory().write(at >>> 0, bytes) ? OK : FAULT
    },
    sched_yield: () => OK,
    sock_accept: (_fd: number, _flags: number, at: number) => (memory().writeLong(at >>> 0, 0n) ? NOTSUP : FAULT),
    sock_recv: (_fd: number, _d: number, _n: number, _f: number, at: number) => not(at, NOTSUP),
    sock_send: (_fd: number, _d: number, _n: number, _f: number, at: number) => not(at, NOTSUP),
    sock_shutdown: () => NOTSUP,
  }
}

const output = (vm: Vm): HostCalls => {
  const write = (fd: number, vectorsAt: number, count: number, writtenAt: number): number => {
    if (!isOutput(fd)) return BADF
    const memory = vm.memory
    let text = ''
    for (let i = 0; i < count >>> 0; i++) {
      const at = memory.readWord((vectorsAt >>> 0) + i * 8)
      const size = memory.readWord((vectorsAt >>> 0) + i * 8 + 4)
      if (at === undefined || size === undefined) return FAULT
      const part = size === 0 ? '' : memory.text(at, size)
      if (part === undefined) return FAULT
      text += part
    }
    const level = fd === 1 ? 2 : 4
    if (text !== '' && level >= vm.world.logLevel) vm.acting().log(level, readable(text.replace(/\n$/, '')))
    return memory.writeWord(writtenAt >>> 0, text.length) ? OK : FAULT
  }
  return {
    fd_write: write,
    fd_pwrite: (fd: number, vectorsAt: number, count: number, _offset: bigint, writtenAt: number) =>
      write(fd, vectorsAt, count, writtenAt),
  }
}

const clocks = (vm: Vm): HostCalls => ({
  clock_time_get: (id: number, _precision: bigint, at: number) => {
    if (id !== 0 && id !== 1) return NOTSUP
    const clock = vm.world.clock
    return vm.memory.writeLong(at >>> 0, id === 0 ? clock.wallNanoseconds : clock.monotonicNanoseconds) ? OK : FAULT
  },
  clock_res_get: (id: number, at: number) => {
    if (id !== 0 && id !== 1) return NOTSUP
    return vm.memory.writeLong(at >>> 0, 1n) ? OK : FAULT
  },
})

const environment = (vm: Vm): HostCalls => {
  const variables = (): Uint8Array[] =>
    Object.entries(vm.world.environment).map(([name, value]) => toBytes(`${name}=${value}\0`))
  return {
    environ_sizes_get: (countAt: number, sizeAt: number) => {
      const all = variables()
      const size = all.reduce((sum, variable) => sum + variable.length, 0)
      return vm.memory.writeWord(countAt >>> 0, all.length) && vm.memory.writeWord(sizeAt >>> 0, size) ? OK : FAULT
    },
    environ_get: (listAt: number, textAt: number) => {
      let list = listAt >>> 0
      let to = textAt >>> 0
      for (const variable of variables()) {
        if (!vm.memory.writeWord(list, to) || !vm.memory.write(to, variable)) return FAULT
        list += 4
        to += variable.length
      }
      return OK
    },
  }
}
