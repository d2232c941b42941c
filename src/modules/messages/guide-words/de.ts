import type { GuideWords } from './en.ts'

export const de: GuideWords = {
  tv_stick: 'TV-Stick',
  'tv_stick.summary': 'Ein Stick oder eine kleine Box am HDMI-Anschluss des Fernsehers',
  android_tv: 'Android TV',
  'android_tv.summary': 'Ein Fernseher oder eine Box mit dem System Android TV oder Google TV',
  smart_tv: 'Smart-TV',
  'smart_tv.summary': 'Ein Fernseher mit dem App-Store seines Herstellers',
  phone: 'Handy oder Tablet',
  'phone.summary': 'Android, iPhone oder iPad',
  computer: 'Computer',
  'computer.summary': 'Windows, Mac oder Linux',
  mag: 'MAG- oder Formuler-Box',
  'mag.summary': 'Eine Box, die sich mit ihrer MAC-Adresse anmeldet',

  server: 'Server',
  username: 'Benutzername',
  password: 'TV-Passwort',
  m3u: 'M3U-Link',
  epg: 'EPG-Link',
  mac: 'MAC-Adresse',
  portal: 'Portal-Adresse',

  signIn: 'Geben Sie Ihr TV-Login ein',
  'signIn.how':
    'Wählen Sie „Xtream“ oder „Xtream codes“ als Art der Anmeldung. Achten Sie auf Großbuchstaben und geben Sie den Server mit http:// oder https:// ein, wie er hier steht.',
  byLink: 'Wenn der Player stattdessen einen Link verlangt',
  'byLink.how':
    'Manche Player nehmen einen Link für die Playlist (M3U) und einen für das TV-Programm (EPG). Beide enthalten Ihr Login: Geben Sie sie nicht weiter.',
  watch: 'Schauen Sie los',
  'watch.how': 'Das erste Laden der Liste kann eine Minute dauern. Danach öffnet sie sich sofort.',
  player: 'Holen Sie einen Player',
  'player.tv_stick':
    'Öffnen Sie auf dem Stick den App-Store, suchen Sie einen Xtream-kompatiblen Player und installieren Sie ihn. Auf der Seite der App steht, ob sie die Anmeldung mit Xtream kann.',
  'player.android_tv':
    'Öffnen Sie auf dem Fernseher den Play Store, suchen Sie einen Xtream-kompatiblen Player und installieren Sie ihn.',
  'player.smart_tv':
    'Öffnen Sie den App-Store des Fernsehers und installieren Sie einen Xtream-kompatiblen Player. Viele kosten nach einer Testzeit eine kleine Gebühr an ihren Hersteller; sie hat mit Ihrem Tarif nichts zu tun.',
  'player.phone':
    'Öffnen Sie den App-Store Ihres Handys, suchen Sie einen Xtream-kompatiblen Player und installieren Sie ihn.',
  'player.computer':
    'Installieren Sie einen Xtream-kompatiblen Player für Ihr System oder benutzen Sie einen Mediaplayer, der Playlist-Links öffnet.',
  open: 'Öffnen Sie den Player',
  'open.tv_stick': 'Fragt er nach Zugriff auf den Speicher, erlauben Sie ihn: Dort bewahrt er das TV-Programm auf.',
  'open.android_tv': 'Wählen Sie „Add user“ oder „Add playlist“ (Benutzer oder Playlist hinzufügen).',
  'open.phone':
    'Wählen Sie „Add user“, „Add playlist“ oder „Sign in“ (Benutzer hinzufügen, Playlist hinzufügen, Anmelden).',
  waysIn: 'Sehen Sie, wie der Player sich anmeldet',
  'waysIn.how':
    'Manche verlangen das Login am Fernseher. Andere zeigen einen Code und eine Webadresse: Öffnen Sie die Adresse auf dem Handy und geben Sie das Login dort ein.',
  away: 'Unterwegs ohne WLAN',
  'away.how': 'Eine Stunde TV verbraucht ein bis drei Gigabyte mobile Daten.',
  compare: 'Vergleichen Sie die MAC-Adresse',
  'compare.how':
    'Sie steht auf einem Aufkleber unter der Box und in ihren Einstellungen unter „About“ (Info). Sie muss dieselbe sein wie hier; wenn nicht, sagen Sie es uns.',
  settings: 'Öffnen Sie die Portal-Einstellungen',
  'settings.how':
    'Auf der Box: Settings, System settings, Servers, Portals. Auf einer Formuler-Box: die Portal-App, Add portal.',
  address: 'Geben Sie die Portal-Adresse ein',
  'address.how': 'Als „Portal 1“. Der Name des Portals ist beliebig.',
  restart: 'Starten Sie die Box neu',
  'restart.how':
    'Speichern Sie, verlassen Sie die Einstellungen und starten Sie neu. Die Box meldet sich von selbst an.',

  stops: 'Das Bild bleibt immer wieder stehen',
  'stops.then':
    'Starten Sie den Router neu und schließen Sie das Gerät möglichst mit Kabel an. HD braucht etwa 10 Mbit/s pro Bildschirm, 4K etwa 30.',
  wrong: 'Der Player sagt, das Login sei falsch',
  'wrong.then':
    'Geben Sie es noch einmal Buchstabe für Buchstabe ein; ein Leerzeichen am Ende ist ein häufiger Fehler. Sehen Sie in Ihrem Konto, ob Ihr Tarif aktiv ist.',
  tooMany: 'Er sagt, es seien zu viele Verbindungen offen',
  'tooMany.then':
    'Ihr Tarif erlaubt eine bestimmte Zahl von Bildschirmen gleichzeitig. Schließen Sie den Player auf einem anderen Gerät und warten Sie eine Minute.',
  unregistered: 'Die Box sagt, sie sei nicht registriert',
  'unregistered.then':
    'Vergleichen Sie noch einmal die MAC-Adresse und sehen Sie in Ihrem Konto, ob Ihr Tarif aktiv ist. Starten Sie dann die Box neu.',
  notLoading: 'Das Portal lädt nicht',
  'notLoading.then': 'Prüfen Sie die Portal-Adresse Buchstabe für Buchstabe, auch den Schrägstrich am Ende.',
}
