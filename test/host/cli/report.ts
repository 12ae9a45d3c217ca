// Results as people or machines read them.
import type { CaseResult } from './run.ts'

export type Format = 'pretty' | 'tap'

export interface Report {
  readonly failed: number
  begin(cases: number): void
  result(result: CaseResult): void
  end(): void
}

export const newReport = (format: Format, print: (line: string) => void): Report => {
  let number = 0
  let failed = 0
  const isTap = format === 'tap'
  return {
    get failed() {
      return failed
    },
    begin: cases => {
      if (!isTap) return
      print('TAP version 13')
      print(`1..${cases}`)
    },
    result: ({ name, wrong }) => {
      number++
      if (wrong.length > 0) failed++
      if (isTap) {
        print(`${wrong.length > 0 ? 'not ok' : 'ok'} ${number} - ${name.replaceAll('#', '\\#')}`)
        for (const line of wrong) print(`# ${line}`)
      } else {
        print(`${wrong.length > 0 ? '✘' : '✔'} ${name}`)
        for (const line of wrong) print(`    ${line}`)
      }
    },
    end: () => {
      if (!isTap) print(`${number - failed} passed, ${failed} failed`)
    },
  }
}
