//! The bridge's WebSocket on a free port of loopback, echoing until it is killed. For `run`,
//! which lies beside this.

use std::io::{self, Write as _};

use tokio::net::TcpListener;

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        writeln!(io::stdout(), "ready ws://{address}/")?;
        parlor_bridge::echo::serve(listener).await
    })
}
