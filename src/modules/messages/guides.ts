/**
 * How to get a picture on a device, in plain steps that fit any Xtream-compatible player: no product is named or
 * recommended. The pages under `/help/<device>` show them, with the viewer's own connection details when these are known.
 */
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

/** The names and summaries of all devices, in the order in which a picker shows them. */
export const devices: readonly { device: DeviceKind; title: string; summary: string }[] = [
  { device: 'tv_stick', title: 'TV stick', summary: 'A stick or small box in the HDMI port of the TV' },
  { device: 'android_tv', title: 'Android TV', summary: 'A TV or box with the Android TV or Google TV system' },
  { device: 'smart_tv', title: 'Smart TV', summary: "A TV with its maker's own app store" },
  { device: 'phone', title: 'Phone or tablet', summary: 'Android, iPhone or iPad' },
  { device: 'computer', title: 'Computer', summary: 'Windows, Mac or Linux' },
  { device: 'mag', title: 'MAG or Formuler box', summary: 'A box that signs in by its MAC address' },
]

/** The steps for one device. Without `details` the fields are named but empty: the page asks the viewer to sign in for them. */
export function guideFor(device: DeviceKind, details: ConnectionDetails = nobody): Guide {
  const { title, summary } = devices.find((each) => each.device === device) as (typeof devices)[number]
  return {
    device,
    title,
    summary,
    steps: stepsFor[device](details),
    trouble: device === 'mag' ? boxTrouble : playerTrouble,
  }
}

const step = (title: string, detail: string, fields: readonly GuideField[] = []): GuideStep => ({
  title,
  detail,
  fields,
})
const field = (label: string, value: string | null, secret = false): GuideField => ({ label, value, secret })

const signIn = ({ server, port, username, password }: ConnectionDetails): GuideStep =>
  step(
    'Type in your TV login',
    'Choose "Xtream" or "Xtream codes" as the kind of sign-in. Mind capital letters, and type the server with http:// or https:// as it stands here.',
    [
      field('Server', server && port ? `${server}:${port}` : server),
      field('User name', username),
      field('TV login password', password, true),
    ],
  )

const orByLink = ({ m3uUrl, epgUrl }: ConnectionDetails): GuideStep =>
  step(
    'If the player asks for a link instead',
    'Some players take a playlist link (M3U) and a link for the TV guide (EPG). Both hold your login: do not pass them on.',
    [field('M3U link', m3uUrl, true), field('EPG link', epgUrl, true)],
  )

const watch = step('Start watching', 'The first loading of the list can take a minute. After that it opens at once.')

const stepsFor: Record<DeviceKind, (details: ConnectionDetails) => GuideStep[]> = {
  tv_stick: (details) => [
    step(
      'Get a player',
      "On the stick, open the app store, search for an Xtream-compatible player and install one. The store's page of the app says whether it supports Xtream sign-in.",
    ),
    step('Open the player', 'If it asks for access to storage, allow it: it keeps the TV guide there.'),
    signIn(details),
    watch,
  ],
  android_tv: (details) => [
    step('Get a player', 'Open the Play Store on the TV, search for an Xtream-compatible player and install one.'),
    step('Open the player', 'Choose "Add user" or "Add playlist".'),
    signIn(details),
    orByLink(details),
    watch,
  ],
  smart_tv: (details) => [
    step(
      'Get a player',
      "Open the TV's app store and install an Xtream-compatible player. Many cost a small fee to their maker after a trial; that fee has nothing to do with your plan.",
    ),
    step(
      'See how the player signs in',
      'Some ask for the login on the TV. Others show a code and a web address: open that address on your phone and type the login there.',
    ),
    signIn(details),
    orByLink(details),
    watch,
  ],
  phone: (details) => [
    step('Get a player', 'Open the app store of your phone, search for an Xtream-compatible player and install one.'),
    step('Open the player', 'Choose "Add user", "Add playlist" or "Sign in".'),
    signIn(details),
    watch,
    step('Away from Wi-Fi', 'An hour of TV takes one to three gigabytes of mobile data.'),
  ],
  computer: (details) => [
    step(
      'Get a player',
      'Install an Xtream-compatible player for your system, or use a media player that opens playlist links.',
    ),
    signIn(details),
    orByLink(details),
    watch,
  ],
  mag: ({ macAddress, portalUrl }) => [
    step(
      'Compare the MAC address',
      'It is on a label under the box, and in its settings under "About". It must be the same as here; if not, tell us.',
      [field('MAC address', macAddress)],
    ),
    step(
      'Open the portal settings',
      'On the box: Settings, System settings, Servers, Portals. On a Formuler box: the portal app, Add portal.',
    ),
    step('Type in the portal address', 'As "Portal 1". The name of the portal can be anything.', [
      field('Portal address', portalUrl),
    ]),
    step('Restart the box', 'Save, leave the settings, and restart. The box signs in by itself.'),
  ],
}

const internet = {
  problem: 'The picture stops again and again',
  answer:
    'Restart your router, and connect the device by cable if you can. HD needs about 10 Mbit/s for each screen, 4K about 30.',
}

const playerTrouble: Guide['trouble'] = [
  {
    problem: 'The player says that the login is wrong',
    answer:
      'Type it again letter by letter; a space at the end is a common mistake. See in your account whether your plan is active.',
  },
  {
    problem: 'It says that too many connections are open',
    answer: 'Your plan allows a number of screens at once. Close the player on another device and wait a minute.',
  },
  internet,
]

const boxTrouble: Guide['trouble'] = [
  {
    problem: 'The box says that it is not registered',
    answer: 'Compare the MAC address again, and see in your account whether your plan is active. Then restart the box.',
  },
  {
    problem: 'The portal does not load',
    answer: 'Check the portal address letter by letter, including the slash at its end.',
  },
  internet,
]
