/** Invented customers. Their addresses end in domains that are kept free for examples, so that no mail could ever reach anybody. */
import type { Chance } from './chance.ts'

export type Person = { name: string; email: string; username: string; country: string }

const firstNames = [
  ...[
    'Ana',
    'Ben',
    'Clara',
    'David',
    'Elena',
    'Felix',
    'Greta',
    'Hugo',
    'Ines',
    'Jonas',
    'Karla',
    'Leo',
    'Mara',
    'Nils',
  ],
  ...[
    'Olga',
    'Paul',
    'Quirin',
    'Rosa',
    'Simon',
    'Tara',
    'Udo',
    'Vera',
    'Willem',
    'Xenia',
    'Yara',
    'Zoe',
    'Amir',
    'Bela',
  ],
  ...['Chiara', 'Dario', 'Emil', 'Freya', 'Goran', 'Hanna', 'Ivan', 'Jelena', 'Kemal', 'Lucia', 'Milan', 'Nora'],
]
const lastNames = [
  ...['Adler', 'Berg', 'Conti', 'Dahl', 'Ekström', 'Fischer', 'Garcia', 'Horvat', 'Ivanov', 'Jansen', 'Keller', 'Lind'],
  ...['Moreau', 'Novak', 'Olsen', 'Petrov', 'Quist', 'Rossi', 'Silva', 'Toth', 'Ulrich', 'Vidal', 'Weber', 'Yilmaz'],
]
const countries = [
  ['DE', 40],
  ['AT', 12],
  ['NL', 12],
  ['ES', 10],
  ['IT', 10],
  ['FR', 8],
  ['SE', 8],
] as const

/** `count` people, no two with the same address. */
export function inventPeople(count: number, chance: Chance): Person[] {
  const taken = new Set<string>()
  const people: Person[] = []
  while (people.length < count) {
    const [first, last] = [chance.oneOf(firstNames), chance.oneOf(lastNames)]
    const plain = `${first}.${last}`
      .normalize('NFD')
      .replaceAll(/[^A-Za-z.]/g, '')
      .toLowerCase()
    const email = `${plain}@${chance.oneOf(['example.net', 'example.org', 'example.com'])}`
    if (taken.has(email)) continue
    taken.add(email)
    const username = `${first.toLowerCase()}${chance.next() < 0.7 ? Math.floor(chance.between(2, 99)) : ''}`
    people.push({ name: `${first} ${last}`, email, username, country: chance.weighted(countries) })
  }
  return people
}
