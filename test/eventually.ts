// Repeats an assertion until it holds, for what comes about in its own time; rejects with what it last said.

const PATIENCE_MS = 10_000

export async function eventually(assertion: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    try {
      await assertion()
      return
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
