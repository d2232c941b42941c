/**
 * How to get a picture on a device, in plain steps that fit any Xtream-compatible player: no product is named or
 * recommended. The pages under `/help/<device>` show them, with the viewer's own connection details when these are known.
 */
import { ar } from './guide-words/ar.ts'
import { de } from './guide-words/de.ts'
import { en, type GuideWords } from './guide-words/en.ts'
import { es } from './guide-words/es.ts'
import { fr } from './guide-words/fr.ts'
import { pt } from './guide-words/pt.ts'

export const deviceKinds = ['tv_stick', 'android_tv', 'smart_tv', 'phone', 'computer', 'mag'] as const
export type DeviceKind = (typeof deviceKinds)[number]
export const isDeviceKind = (text: string): text is DeviceKind => (deviceKinds as readonly string[]).includes(text)

/** What the viewer has to type. A box has `macAddress` and `portalUrl`, everything else a user name and password. */
export type ConnectionDetails = {
  readonly server: string | null
  readonly port: string | null
  readonly username: string | null
  readonly password: string | null
  readonly m3uUrl: string | null
  readonly epgUrl: string | null
  readonly portalUrl: string | null
  readonly macAddress: string | null
}

/** `fields` are shown under the step, each with a copy button; `value` is null where the page does not know the line. */
export type GuideStep = { readonly title: string; readonly detail: string; readonly fields: readonly GuideField[] }
export type GuideField = { readonly label: string; readonly value: string | null; readonly secret: boolean }
export type Guide = {
  readonly device: DeviceKind
  readonly title: string
  /** For the list of devices. */
  readonly summary: string
  readonly steps: readonly GuideStep[]
  readonly trouble: readonly { readonly problem: string; readonly answer: string }[]
}

const nobody: ConnectionDetails = {
  ...{
    server: null,
    port: null,
    username: null,
    password: null,
    m3uUrl: null,
    epgUrl: null,
    portalUrl: null,
    macAddress: null,
  },
}

const languages: Readonly<Record<string, GuideWords>> = { en, de, fr, es, pt, ar }

const wordsOf = (language: string): GuideWords => languages[language] ?? en

/** The names and summaries of all devices, in the order in which a picker shows them. */
export function devicesIn(language: string): { device: DeviceKind; title: string; summary: string }[] {
  const words = wordsOf(language)
  return deviceKinds.map((device) => ({ device, title: words[device], summary: words[`${device}.summary`] }))
}

/** The steps for one device. Without `details` the fields are named but empty: the page asks the viewer to sign in for them. */
export function guideFor(device: DeviceKind, language: string, details: ConnectionDetails = nobody): Guide {
  const words = wordsOf(language)
  return {
    device,
    title: words[device],
    summary: words[`${device}.summary`],
    steps: stepsFor[device](words, details),
    trouble: (device === 'mag' ? boxTrouble : playerTrouble).map((name) => ({
      problem: words[name],
      answer: words[`${name}.then`],
    })),
  }
}

const step = (title: string, detail: string, fields: readonly GuideField[] = []): GuideStep => ({
  title,
  detail,
  fields,
})
const field = (label: string, value: string | null, secret = false): GuideField => ({ label, value, secret })

const signIn = (words: GuideWords, { server, port, username, password }: ConnectionDetails): GuideStep =>
  step(words.signIn, words['signIn.how'], [
    field(words.server, server && port ? `${server}:${port}` : server),
    field(words.username, username),
    field(words.password, password, true),
  ])

const orByLink = (words: GuideWords, { m3uUrl, epgUrl }: ConnectionDetails): GuideStep =>
  step(words.byLink, words['byLink.how'], [field(words.m3u, m3uUrl, true), field(words.epg, epgUrl, true)])

const watch = (words: GuideWords): GuideStep => step(words.watch, words['watch.how'])

const stepsFor: Record<DeviceKind, (words: GuideWords, details: ConnectionDetails) => GuideStep[]> = {
  tv_stick: (words, details) => [
    step(words.player, words['player.tv_stick']),
    step(words.open, words['open.tv_stick']),
    signIn(words, details),
    watch(words),
  ],
  android_tv: (words, details) => [
    step(words.player, words['player.android_tv']),
    step(words.open, words['open.android_tv']),
    signIn(words, details),
    orByLink(words, details),
    watch(words),
  ],
  smart_tv: (words, details) => [
    step(words.player, words['player.smart_tv']),
    step(words.waysIn, words['waysIn.how']),
    signIn(words, details),
    orByLink(words, details),
    watch(words),
  ],
  phone: (words, details) => [
    step(words.player, words['player.phone']),
    step(words.open, words['open.phone']),
    signIn(words, details),
    watch(words),
    step(words.away, words['away.how']),
  ],
  computer: (words, details) => [
    step(words.player, words['player.computer']),
    signIn(words, details),
    orByLink(words, details),
    watch(words),
  ],
  mag: (words, { macAddress, portalUrl }) => [
    step(words.compare, words['compare.how'], [field(words.mac, macAddress)]),
    step(words.settings, words['settings.how']),
    step(words.address, words['address.how'], [field(words.portal, portalUrl)]),
    step(words.restart, words['restart.how']),
  ],
}

const playerTrouble = ['wrong', 'tooMany', 'stops'] as const
const boxTrouble = ['unregistered', 'notLoading', 'stops'] as const
