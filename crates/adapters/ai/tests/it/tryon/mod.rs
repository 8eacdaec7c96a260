//! Try-on providers.

mod laboratory;
mod own_server;
mod real_cog;
mod wanted;
