// Where the files of this package lie, whether the program runs from its sources or from the bundle in `dist/`.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = (() => {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) || folder === dirname(folder)) return folder
  }
})()

/** @param path relative to the package, as `dist/suite.wasm` */
export const packageFile = (path: string): string => join(root, path)
