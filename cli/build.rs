//! The shipped catalog is built in: a new file in it has to build the command again.

fn main() {
    println!("cargo:rerun-if-changed=../catalog");
}
