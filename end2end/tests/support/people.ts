// Who takes part. The provider of the tests and the one of the demo know the same people.

export interface Person {
  name: string;
}

export const engineer: Person = { name: 'Eli Engineer' };
export const lead: Person = { name: 'Lea Lead' };
export const onCall: Person = { name: 'Nia On-call' };
export const finance: Person = { name: 'Fay Finance' };
export const admin: Person = { name: 'Ada Admin' };
