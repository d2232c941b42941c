import type { GuideWords } from './en.ts'

export const es: GuideWords = {
  tv_stick: 'Stick de TV',
  'tv_stick.summary': 'Un stick o una caja pequeña en el puerto HDMI del televisor',
  android_tv: 'Android TV',
  'android_tv.summary': 'Un televisor o una caja con el sistema Android TV o Google TV',
  smart_tv: 'Smart TV',
  'smart_tv.summary': 'Un televisor con la tienda de aplicaciones de su fabricante',
  phone: 'Teléfono o tableta',
  'phone.summary': 'Android, iPhone o iPad',
  computer: 'Ordenador',
  'computer.summary': 'Windows, Mac o Linux',
  mag: 'Caja MAG o Formuler',
  'mag.summary': 'Una caja que entra con su dirección MAC',

  server: 'Servidor',
  username: 'Nombre de usuario',
  password: 'Contraseña de TV',
  m3u: 'Enlace M3U',
  epg: 'Enlace EPG',
  mac: 'Dirección MAC',
  portal: 'Dirección del portal',

  signIn: 'Escriba su acceso de TV',
  'signIn.how':
    'Elija «Xtream» o «Xtream codes» como tipo de acceso. Respete las mayúsculas y escriba el servidor con http:// o https:// tal como aparece aquí.',
  byLink: 'Si el reproductor pide un enlace',
  'byLink.how':
    'Algunos reproductores usan un enlace de lista (M3U) y otro de la guía de TV (EPG). Ambos contienen su acceso: no los comparta.',
  watch: 'Empiece a ver',
  'watch.how': 'La primera carga de la lista puede tardar un minuto. Después se abre al instante.',
  player: 'Instale un reproductor',
  'player.tv_stick':
    'En el stick, abra la tienda de aplicaciones, busque un reproductor compatible con Xtream e instálelo. La página de la aplicación dice si admite el acceso Xtream.',
  'player.android_tv': 'Abra Play Store en el televisor, busque un reproductor compatible con Xtream e instálelo.',
  'player.smart_tv':
    'Abra la tienda de aplicaciones del televisor e instale un reproductor compatible con Xtream. Muchos cuestan una pequeña cantidad a su fabricante tras una prueba; no tiene que ver con su plan.',
  'player.phone':
    'Abra la tienda de aplicaciones de su teléfono, busque un reproductor compatible con Xtream e instálelo.',
  'player.computer':
    'Instale un reproductor compatible con Xtream para su sistema, o use un reproductor que abra enlaces de listas.',
  open: 'Abra el reproductor',
  'open.tv_stick': 'Si pide acceso al almacenamiento, permítalo: allí guarda la guía de TV.',
  'open.android_tv': 'Elija «Add user» o «Add playlist» (añadir usuario o lista).',
  'open.phone': 'Elija «Add user», «Add playlist» o «Sign in» (añadir usuario, añadir lista o entrar).',
  waysIn: 'Vea cómo entra el reproductor',
  'waysIn.how':
    'Algunos piden el acceso en el televisor. Otros muestran un código y una dirección web: ábrala en su teléfono y escriba allí el acceso.',
  away: 'Fuera de la red wifi',
  'away.how': 'Una hora de TV gasta de uno a tres gigabytes de datos móviles.',
  compare: 'Compare la dirección MAC',
  'compare.how':
    'Está en una etiqueta debajo de la caja y en sus ajustes, en «About» (acerca de). Debe ser la misma que aquí; si no, avísenos.',
  settings: 'Abra los ajustes del portal',
  'settings.how':
    'En la caja: Settings, System settings, Servers, Portals. En una caja Formuler: la aplicación del portal, Add portal.',
  address: 'Escriba la dirección del portal',
  'address.how': 'Como «Portal 1». El nombre del portal puede ser cualquiera.',
  restart: 'Reinicie la caja',
  'restart.how': 'Guarde, salga de los ajustes y reinicie. La caja entra por sí sola.',

  stops: 'La imagen se para una y otra vez',
  'stops.then':
    'Reinicie el router y, si puede, conecte el dispositivo por cable. HD necesita unos 10 Mbit/s por pantalla, 4K unos 30.',
  wrong: 'El reproductor dice que el acceso es incorrecto',
  'wrong.then':
    'Escríbalo de nuevo letra por letra; un espacio al final es un error frecuente. Mire en su cuenta si su plan está activo.',
  tooMany: 'Dice que hay demasiadas conexiones abiertas',
  'tooMany.then':
    'Su plan permite un número de pantallas a la vez. Cierre el reproductor en otro dispositivo y espere un minuto.',
  unregistered: 'La caja dice que no está registrada',
  'unregistered.then':
    'Compare de nuevo la dirección MAC y mire en su cuenta si su plan está activo. Luego reinicie la caja.',
  notLoading: 'El portal no carga',
  'notLoading.then': 'Revise la dirección del portal letra por letra, incluida la barra del final.',
}
