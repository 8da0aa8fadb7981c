// What worker-build makes: a class on whose prototype everything is that Rust exports, and the objects' classes.
declare const Bound: { readonly prototype: unknown };
export default Bound;
