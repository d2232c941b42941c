/** The words of the guides in English; every other language has the same. */
export const en = {
  tv_stick: 'TV stick',
  'tv_stick.summary': 'A stick or small box in the HDMI port of the TV',
  android_tv: 'Android TV',
  'android_tv.summary': 'A TV or box with the Android TV or Google TV system',
  smart_tv: 'Smart TV',
  'smart_tv.summary': "A TV with its maker's own app store",
  phone: 'Phone or tablet',
  'phone.summary': 'Android, iPhone or iPad',
  computer: 'Computer',
  'computer.summary': 'Windows, Mac or Linux',
  mag: 'MAG or Formuler box',
  'mag.summary': 'A box that signs in by its MAC address',

  server: 'Server',
  username: 'User name',
  password: 'TV login password',
  m3u: 'M3U link',
  epg: 'EPG link',
  mac: 'MAC address',
  portal: 'Portal address',

  signIn: 'Type in your TV login',
  'signIn.how':
    'Choose "Xtream" or "Xtream codes" as the kind of sign-in. Mind capital letters, and type the server with http:// or https:// as it stands here.',
  byLink: 'If the player asks for a link instead',
  'byLink.how':
    'Some players take a playlist link (M3U) and a link for the TV guide (EPG). Both hold your login: do not pass them on.',
  watch: 'Start watching',
  'watch.how': 'The first loading of the list can take a minute. After that it opens at once.',
  player: 'Get a player',
  'player.tv_stick':
    "On the stick, open the app store, search for an Xtream-compatible player and install one. The store's page of the app says whether it supports Xtream sign-in.",
  'player.android_tv': 'Open the Play Store on the TV, search for an Xtream-compatible player and install one.',
  'player.smart_tv':
    "Open the TV's app store and install an Xtream-compatible player. Many cost a small fee to their maker after a trial; that fee has nothing to do with your plan.",
  'player.phone': 'Open the app store of your phone, search for an Xtream-compatible player and install one.',
  'player.computer':
    'Install an Xtream-compatible player for your system, or use a media player that opens playlist links.',
  open: 'Open the player',
  'open.tv_stick': 'If it asks for access to storage, allow it: it keeps the TV guide there.',
  'open.android_tv': 'Choose "Add user" or "Add playlist".',
  'open.phone': 'Choose "Add user", "Add playlist" or "Sign in".',
  waysIn: 'See how the player signs in',
  'waysIn.how':
    'Some ask for the login on the TV. Others show a code and a web address: open that address on your phone and type the login there.',
  away: 'Away from Wi-Fi',
  'away.how': 'An hour of TV takes one to three gigabytes of mobile data.',
  compare: 'Compare the MAC address',
  'compare.how':
    'It is on a label under the box, and in its settings under "About". It must be the same as here; if not, tell us.',
  settings: 'Open the portal settings',
  'settings.how':
    'On the box: Settings, System settings, Servers, Portals. On a Formuler box: the portal app, Add portal.',
  address: 'Type in the portal address',
  'address.how': 'As "Portal 1". The name of the portal can be anything.',
  restart: 'Restart the box',
  'restart.how': 'Save, leave the settings, and restart. The box signs in by itself.',

  stops: 'The picture stops again and again',
  'stops.then':
    'Restart your router, and connect the device by cable if you can. HD needs about 10 Mbit/s for each screen, 4K about 30.',
  wrong: 'The player says that the login is wrong',
  'wrong.then':
    'Type it again letter by letter; a space at the end is a common mistake. See in your account whether your plan is active.',
  tooMany: 'It says that too many connections are open',
  'tooMany.then': 'Your plan allows a number of screens at once. Close the player on another device and wait a minute.',
  unregistered: 'The box says that it is not registered',
  'unregistered.then':
    'Compare the MAC address again, and see in your account whether your plan is active. Then restart the box.',
  notLoading: 'The portal does not load',
  'notLoading.then': 'Check the portal address letter by letter, including the slash at its end.',
}

export type GuideWords = Readonly<Record<keyof typeof en, string>>
