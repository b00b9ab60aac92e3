import { Count, Document, Id, Range, Sum, View } from '../../src/index.js';

@Document()
export class Game {
  @Id() id!: string;
  home!: string;
  goals!: number;
}

@View(() => Game, { groupBy: 'home', where: ({ goals }) => goals > 0 })
export class Table {
  home!: string;
  @Count() @Range() games!: number;
  @Sum('goals') goals!: number;
}
