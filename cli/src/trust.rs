//! A server that nobody vouches for: asked about once, like SSH, and never silently.

use parlor_proto::client::{Pin, ServerUrl};

use crate::config::{Belief, Config, address, again, quoted, typed};
use crate::escape;
use crate::failure::{Exit, Failure, Result};
use crate::terminal;

/// Decides about a server that shows `presented`, which `belief` does not cover. `Ok`: a
/// person trusts it, and that is remembered.
pub(crate) async fn decide(
    config: &Config,
    belief: &Belief,
    presented: Pin,
    why: &str,
) -> Result<()> {
    let server = config.server()?;
    let at = server.authority();
    match belief {
        Belief::Given(pin) => {
            Err(untrusted(format!("{at} is not who you named: it shows {presented}, not {pin}")))
        }
        Belief::Authorities(path) => Err(untrusted(format!(
            "{at} shows {presented}, which {} does not vouch for: {why}",
            path.display()
        ))),
        Belief::Stored(pin) => Err(untrusted(format!(
            "the key of {at} has changed: it shows {presented}, not {pin} as before; somebody may \
             be in between; sign in anew only if you know why"
        ))
        .hint(format!("parlor --server {} --pin {presented} login", quoted(&address(server))))),
        Belief::System => {
            if ask(server, presented, why).await? {
                config.store.trust(server, presented)
            } else {
                Err(untrusted(format!("{at} is not trusted: it shows {presented}")))
            }
        }
    }
}

/// Asks whoever sits at the terminal.
async fn ask(server: &ServerUrl, presented: Pin, why: &str) -> Result<bool> {
    let question = format!(
        "Nobody vouches for {}: {}\nIts key is {presented}\n\
         Compare it with the line that parlord prints when it is ready.\n\
         Trust it from now on (yes/no)? ",
        server.authority(),
        escape::line(why)
    );
    let answer = terminal::wait(move || {
        terminal::ask(&question).map_err(|_| {
            untrusted(format!(
                "the server is not trusted, and there is no terminal to ask: it shows {presented}"
            ))
            .hint(again(&format!("--pin {presented}"), typed()))
        })
    });
    Ok(answer.await?.eq_ignore_ascii_case("yes"))
}

fn untrusted(sentence: String) -> Failure {
    Failure::new(Exit::Untrusted, sentence)
}
