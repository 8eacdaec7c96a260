//! Prompt Challenge.

/// Settings of Prompt Challenge.
#[derive(Debug, Clone, clap::Args)]
pub struct ChallengeSettings {
    /// How many examiners grade each conversation; a rank takes as many notes
    #[arg(long, env = "EXAMINERS_PER_CONVERSATION", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub examiners_per_conversation: u32,
}
