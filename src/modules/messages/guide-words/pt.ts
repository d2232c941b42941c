import type { GuideWords } from './en.ts'

export const pt: GuideWords = {
  tv_stick: 'Stick de TV',
  'tv_stick.summary': 'Um stick ou uma caixa pequena na porta HDMI da TV',
  android_tv: 'Android TV',
  'android_tv.summary': 'Uma TV ou caixa com o sistema Android TV ou Google TV',
  smart_tv: 'Smart TV',
  'smart_tv.summary': 'Uma TV com a loja de aplicações do fabricante',
  phone: 'Telefone ou tablet',
  'phone.summary': 'Android, iPhone ou iPad',
  computer: 'Computador',
  'computer.summary': 'Windows, Mac ou Linux',
  mag: 'Caixa MAG ou Formuler',
  'mag.summary': 'Uma caixa que entra com o seu endereço MAC',

  server: 'Servidor',
  username: 'Nome de utilizador',
  password: 'Senha de TV',
  m3u: 'Link M3U',
  epg: 'Link EPG',
  mac: 'Endereço MAC',
  portal: 'Endereço do portal',

  signIn: 'Introduza o seu acesso de TV',
  'signIn.how':
    'Escolha “Xtream” ou “Xtream codes” como tipo de acesso. Atenção às maiúsculas, e escreva o servidor com http:// ou https:// tal como está aqui.',
  byLink: 'Se o leitor pedir um link',
  'byLink.how':
    'Alguns leitores usam um link de lista (M3U) e um link do guia de TV (EPG). Ambos contêm o seu acesso: não os partilhe.',
  watch: 'Comece a ver',
  'watch.how': 'O primeiro carregamento da lista pode demorar um minuto. Depois abre de imediato.',
  player: 'Instale um leitor',
  'player.tv_stick':
    'No stick, abra a loja de aplicações, procure um leitor compatível com Xtream e instale-o. A página da aplicação diz se aceita o acesso Xtream.',
  'player.android_tv': 'Abra a Play Store na TV, procure um leitor compatível com Xtream e instale-o.',
  'player.smart_tv':
    'Abra a loja de aplicações da TV e instale um leitor compatível com Xtream. Muitos custam um pequeno valor ao fabricante depois de um teste; isso nada tem a ver com o seu plano.',
  'player.phone': 'Abra a loja de aplicações do seu telefone, procure um leitor compatível com Xtream e instale-o.',
  'player.computer':
    'Instale um leitor compatível com Xtream para o seu sistema, ou use um leitor multimédia que abra links de listas.',
  open: 'Abra o leitor',
  'open.tv_stick': 'Se pedir acesso ao armazenamento, permita: é lá que guarda o guia de TV.',
  'open.android_tv': 'Escolha “Add user” ou “Add playlist” (adicionar utilizador ou lista).',
  'open.phone': 'Escolha “Add user”, “Add playlist” ou “Sign in” (adicionar utilizador, adicionar lista ou entrar).',
  waysIn: 'Veja como o leitor entra',
  'waysIn.how':
    'Alguns pedem o acesso na TV. Outros mostram um código e um endereço web: abra-o no telefone e introduza lá o acesso.',
  away: 'Longe do Wi-Fi',
  'away.how': 'Uma hora de TV gasta um a três gigabytes de dados móveis.',
  compare: 'Compare o endereço MAC',
  'compare.how':
    'Está numa etiqueta debaixo da caixa e nas definições, em “About” (acerca). Tem de ser o mesmo que aqui; se não for, diga-nos.',
  settings: 'Abra as definições do portal',
  'settings.how':
    'Na caixa: Settings, System settings, Servers, Portals. Numa caixa Formuler: a aplicação do portal, Add portal.',
  address: 'Introduza o endereço do portal',
  'address.how': 'Como “Portal 1”. O nome do portal pode ser qualquer um.',
  restart: 'Reinicie a caixa',
  'restart.how': 'Guarde, saia das definições e reinicie. A caixa entra sozinha.',

  stops: 'A imagem para constantemente',
  'stops.then':
    'Reinicie o router e, se puder, ligue o dispositivo por cabo. HD precisa de cerca de 10 Mbit/s por ecrã, 4K de cerca de 30.',
  wrong: 'O leitor diz que o acesso está errado',
  'wrong.then':
    'Escreva-o de novo letra a letra; um espaço no fim é um erro comum. Veja na sua conta se o seu plano está ativo.',
  tooMany: 'Diz que há demasiadas ligações abertas',
  'tooMany.then':
    'O seu plano permite um número de ecrãs ao mesmo tempo. Feche o leitor noutro dispositivo e espere um minuto.',
  unregistered: 'A caixa diz que não está registada',
  'unregistered.then':
    'Compare de novo o endereço MAC e veja na sua conta se o seu plano está ativo. Depois reinicie a caixa.',
  notLoading: 'O portal não carrega',
  'notLoading.then': 'Verifique o endereço do portal letra a letra, incluindo a barra no fim.',
}
