//! Tests of the mailers. Those that send need the mail server of `tests/servers/services.sh`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod file;
mod inbox;
mod smtp;

use atelier_domain::identity::Mail;
use atelier_domain::kernel::Email;

const FROM: &str = "Atelier Prüfung <no-reply@atelier.example>";

fn mail(to: &str) -> Mail {
    Mail {
        to: Email::parse(to).unwrap(),
        subject: "Réinitialisation — パスワード".to_owned(),
        text: "Votre code : 012345\n\n.\nÀ bientôt — 試着\n".to_owned(),
    }
}
