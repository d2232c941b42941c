/**
 * The first passwords that anybody tries, of eight characters and more or as the stem before digits (`welcome` of `welcome2024`).
 * Guessing beyond these is stopped by the limits on sign-in.
 */
const list = `
password passw0rd p@ssword p@ssw0rd pa$$word passwort contraseña motdepasse password1 password123 mypassword thepassword newpassword
12345678 123456789 1234567890 0123456789 87654321 987654321 0987654321 11111111 00000000 88888888 12341234 11223344 123123123 12344321
123321123 147258369 741852963 159357456 1q2w3e4r 1q2w3e4r5t q1w2e3r4 1qaz2wsx 1qazxsw2 zaq12wsx zaq1zaq1 qazwsxedc qweasdzxc asdfghjkl
asdfasdf asdf1234 asdfghjk zxcvbnm zxcvbnmz qwertyui qwertyuiop qwerty qwerty12 qwerty123 qwertz qwertzui azerty azertyui azertyuiop abcd1234 abcdefgh
abcdefg1 abc12345 a1b2c3d4 aa123456 iloveyou iloveyou1 ilovegod loveyou lovely princess sunshine sunshine1 football football1 baseball basketball
superman batman spiderman starwars pokemon pokemon1 charlie michelle jennifer jessica jordan23 liverpool chelsea arsenal barcelona manchester
realmadrid juventus galatasaray fenerbahce besiktas whatever trustno1 welcome welcome1 letmein letmein1 monkey dragon shadow master access
internet computer samsung samsung1 google facebook administrator admin admin123 adminadmin administrador root rootroot toor changeme changeme1 default
guest temporary testtest test1234 testing testing1 secret secret123 topsecret security summer winter spring autumn hello hellohello
freedom corvette mercedes ferrari porsche midnight december november october september 13579246 2468013579 qwer1234 1234qwer
blink182 garfield snoopy1 michael ashley daniel babygirl butterfly chocolate cookie flower hannah jasmine killer maggie matthew mustang
nicole pepper robert soccer thomas tigger william yankees iptviptv television streaming streamer reseller linekeeper subscription
`

export const commonPasswords: ReadonlySet<string> = new Set(list.trim().split(/\s+/))
