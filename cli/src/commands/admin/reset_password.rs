//! `reset-password`: a new password, for somebody who has lost the old one.

use parlor_proto::client::SignIn;

use super::login;
use crate::args::Who;
use crate::connect::Context;
use crate::failure::{Failure, Result};
use crate::password::Purpose;
use crate::terminal::{self, ask_secretly};

/// For scripts, since a code is as good as a password.
const CODE_VARIABLE: &str = "PARLOR_RESET_CODE";

pub(super) async fn run(context: &mut Context<'_>, who: Who) -> Result<()> {
    let code = match crate::config::variable(CODE_VARIABLE) {
        Some(code) => code.to_string_lossy().into_owned(),
        None => terminal::wait(ask_for_code).await?,
    };
    let (user_name, new_password) = login::credentials(context, who, Purpose::Register).await?;
    login::sign_in(context, SignIn::Reset { user_name, code, new_password }).await
}

fn ask_for_code() -> Result<String> {
    ask_secretly("one-time code: ").map_err(|_| {
        Failure::usage("there is no terminal to ask for the code")
            .hint(format!("{CODE_VARIABLE}=CODE parlor reset-password USER --password-stdin"))
    })
}
