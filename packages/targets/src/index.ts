export { targetSchema, type Target, type Region, type Isa } from './target';
