// No instruction of a released module can trap but the abort hook, which says so first. The hook runs when memory is exhausted,
// and where the compiler would throw: each way to it is a call of the hook and what the compiler writes behind it.
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { build } from '../../filters/build.mts'
import { CALL, CALL_INDIRECT, disassemble, type Instruction, UNREACHABLE } from './instructions.ts'

const I32_CONST = 0x41
const I64_CONST = 0x42
const DIVISIONS = new Set([0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82])
/** Of floating point to integers; the saturating ones have another opcode. */
const CONVERSIONS = new Set([0xa8, 0xa9, 0xaa, 0xab, 0xae, 0xaf, 0xb0, 0xb1])

/** Divisions by a number that is not constant: each of them has been read, and its divisor is checked before. */
const READ: Record<string, number> = { headers: 0, mirror: 1, 'rate-limit': 0, rewrite: 0, suite: 1 }

/** Every instruction with the one before it and the function's index. */
function each(
  functions: Instruction[][],
  see: (one: Instruction, before: Instruction | undefined, of: number) => void,
) {
  for (const [index, instructions] of functions.entries())
    for (const [at, one] of instructions.entries()) see(one, instructions[at - 1], index)
}

describe('a released module', () => {
  let modules: { module: string; file: string }[]
  before(async () => {
    modules = await build('release')
  })

  it('traps in the abort hook only', async () => {
    for (const { module, file } of modules) {
      const { imports, functions } = disassemble(await readFile(file))
      const log = imports.indexOf('proxy_log')
      const isLogged = (call: number): boolean => callsLog(functions, log, call, imports.length)
      const hooks = new Set<number>()
      // The hook: a line in the log, then the trap. Copies of it may stand in the place of a call.
      each(functions, ({ opcode }, before, of) => {
        if (opcode === UNREACHABLE && before?.opcode === CALL && isLogged(before.callee!))
          hooks.add(of + imports.length)
      })
      expect(hooks.size, module).to.be.above(0)
      const others: number[] = []
      each(functions, ({ opcode }, before, of) => {
        if (opcode !== UNREACHABLE) return
        if (before?.opcode !== CALL || !(hooks.has(before.callee!) || isLogged(before.callee!))) others.push(of)
      })
      expect(others, module).to.deep.equal([])
    }
  })

  it('divides by nothing that could be zero, converts nothing that could be out of range, calls nothing through a table', async () => {
    for (const { module, file } of modules) {
      const { functions } = disassemble(await readFile(file))
      let divisions = 0
      let others = 0
      each(functions, ({ opcode }, before) => {
        if (opcode === CALL_INDIRECT || CONVERSIONS.has(opcode)) others++
        if (DIVISIONS.has(opcode) && before?.opcode !== I32_CONST && before?.opcode !== I64_CONST) divisions++
      })
      expect({ [module]: { divisions, others } }).to.deep.equal({ [module]: { divisions: READ[module], others: 0 } })
    }
  })
})

/** It is the host's log, or does little besides calling it. */
function callsLog(functions: Instruction[][], log: number, callee: number, imported: number): boolean {
  const body = functions[callee - imported]
  return callee === log || (body?.some(one => one.opcode === CALL && one.callee === log) ?? false)
}
