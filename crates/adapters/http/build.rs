//! Builds again when a page is added or removed: the compiler by itself sees only changes of those it has read.

fn main() {
    println!("cargo:rerun-if-changed=../../../apps/studio");
}
