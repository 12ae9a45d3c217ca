// Cuts a stream of bytes into lines. In: chunks as the network delivers them. Out: each line without its end, whole
// UTF-8 characters even where a chunk ended inside of one. A line that the stream's end cut off is dropped: half an
// event is none.
const newline = 0x0a

export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      parts.push(chunk.subarray(start, end))
      const line = Buffer.concat(parts).toString()
      parts = []
      start = end + 1
      if (line !== '') yield line
    }
    if (start < chunk.length) parts.push(chunk.subarray(start))
  }
}
