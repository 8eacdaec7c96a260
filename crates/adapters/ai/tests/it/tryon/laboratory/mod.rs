//! The adapters against their vendors in the laboratory: the contract suite, and what one vendor has alone.

mod backend;
mod cog;
mod fashn;
mod models;
mod replicate;

mod cog_contract {
    use super::backend::cog;
    atelier_testkit::tryon_provider_contract!(cog);
}

mod replicate_contract {
    use super::backend::replicate;
    atelier_testkit::tryon_provider_contract!(replicate);
}

mod fashn_contract {
    use super::backend::fashn;
    atelier_testkit::tryon_provider_contract!(fashn);
}
