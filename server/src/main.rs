//! The binary `lockkeeper`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // At least four workers: with a single one, a page that waits for its data can keep that data from arriving.
    let workers = std::thread::available_parallelism().map_or(4, usize::from).max(4);
    match tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build() {
        Ok(runtime) => runtime.block_on(server::cli::run()),
        Err(_) => ExitCode::FAILURE,
    }
}
