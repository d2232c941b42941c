import type { GuideWords } from './en.ts'

export const fr: GuideWords = {
  tv_stick: 'Clé TV',
  'tv_stick.summary': 'Une clé ou un petit boîtier dans la prise HDMI de la TV',
  android_tv: 'Android TV',
  'android_tv.summary': 'Une TV ou un boîtier avec le système Android TV ou Google TV',
  smart_tv: 'Smart TV',
  'smart_tv.summary': 'Une TV avec la boutique d’applications de son fabricant',
  phone: 'Téléphone ou tablette',
  'phone.summary': 'Android, iPhone ou iPad',
  computer: 'Ordinateur',
  'computer.summary': 'Windows, Mac ou Linux',
  mag: 'Boîtier MAG ou Formuler',
  'mag.summary': 'Un boîtier qui se connecte par son adresse MAC',

  server: 'Serveur',
  username: 'Nom d’utilisateur',
  password: 'Mot de passe TV',
  m3u: 'Lien M3U',
  epg: 'Lien EPG',
  mac: 'Adresse MAC',
  portal: 'Adresse du portail',

  signIn: 'Saisissez votre accès TV',
  'signIn.how':
    'Choisissez « Xtream » ou « Xtream codes » comme type de connexion. Respectez les majuscules, et saisissez le serveur avec http:// ou https:// tel qu’il figure ici.',
  byLink: 'Si le lecteur demande plutôt un lien',
  'byLink.how':
    'Certains lecteurs prennent un lien de playlist (M3U) et un lien de guide TV (EPG). Les deux contiennent votre accès : ne les transmettez pas.',
  watch: 'Regardez',
  'watch.how': 'Le premier chargement de la liste peut prendre une minute. Ensuite elle s’ouvre aussitôt.',
  player: 'Installez un lecteur',
  'player.tv_stick':
    'Sur la clé, ouvrez la boutique d’applications, cherchez un lecteur compatible Xtream et installez-le. La page de l’application dit si elle accepte la connexion Xtream.',
  'player.android_tv': 'Ouvrez le Play Store sur la TV, cherchez un lecteur compatible Xtream et installez-le.',
  'player.smart_tv':
    'Ouvrez la boutique d’applications de la TV et installez un lecteur compatible Xtream. Beaucoup coûtent une petite somme à leur éditeur après un essai ; elle n’a rien à voir avec votre formule.',
  'player.phone':
    'Ouvrez la boutique d’applications de votre téléphone, cherchez un lecteur compatible Xtream et installez-le.',
  'player.computer':
    'Installez un lecteur compatible Xtream pour votre système, ou utilisez un lecteur multimédia qui ouvre les liens de playlist.',
  open: 'Ouvrez le lecteur',
  'open.tv_stick': 'S’il demande l’accès au stockage, autorisez-le : il y garde le guide TV.',
  'open.android_tv': 'Choisissez « Add user » ou « Add playlist » (ajouter un utilisateur ou une playlist).',
  'open.phone':
    'Choisissez « Add user », « Add playlist » ou « Sign in » (ajouter un utilisateur, une playlist, se connecter).',
  waysIn: 'Voyez comment le lecteur se connecte',
  'waysIn.how':
    'Certains demandent l’accès sur la TV. D’autres affichent un code et une adresse web : ouvrez-la sur votre téléphone et saisissez-y l’accès.',
  away: 'Sans Wi-Fi',
  'away.how': 'Une heure de TV consomme un à trois gigaoctets de données mobiles.',
  compare: 'Comparez l’adresse MAC',
  'compare.how':
    'Elle figure sur une étiquette sous le boîtier, et dans ses réglages sous « About » (à propos). Elle doit être la même qu’ici ; sinon, dites-le-nous.',
  settings: 'Ouvrez les réglages du portail',
  'settings.how':
    'Sur le boîtier : Settings, System settings, Servers, Portals. Sur un boîtier Formuler : l’application du portail, Add portal.',
  address: 'Saisissez l’adresse du portail',
  'address.how': 'Comme « Portal 1 ». Le nom du portail est libre.',
  restart: 'Redémarrez le boîtier',
  'restart.how': 'Enregistrez, quittez les réglages et redémarrez. Le boîtier se connecte de lui-même.',

  stops: 'L’image s’arrête sans cesse',
  'stops.then':
    'Redémarrez votre routeur, et branchez l’appareil par câble si possible. La HD demande environ 10 Mbit/s par écran, la 4K environ 30.',
  wrong: 'Le lecteur dit que l’accès est faux',
  'wrong.then':
    'Saisissez-le encore lettre par lettre ; une espace à la fin est une erreur fréquente. Voyez dans votre compte si votre formule est active.',
  tooMany: 'Il dit que trop de connexions sont ouvertes',
  'tooMany.then':
    'Votre formule permet un certain nombre d’écrans à la fois. Fermez le lecteur sur un autre appareil et attendez une minute.',
  unregistered: 'Le boîtier dit qu’il n’est pas enregistré',
  'unregistered.then':
    'Comparez encore l’adresse MAC, et voyez dans votre compte si votre formule est active. Redémarrez ensuite le boîtier.',
  notLoading: 'Le portail ne se charge pas',
  'notLoading.then': 'Vérifiez l’adresse du portail lettre par lettre, y compris la barre oblique à la fin.',
}
