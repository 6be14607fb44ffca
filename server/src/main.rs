//! The binary `lockkeeper`.

fn main() {}
