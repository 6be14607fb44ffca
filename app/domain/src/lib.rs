//! The rules of Lockkeeper: state machines, gates, permissions, checklists, money.
//!
//! Everything here is a pure function of its arguments. No I/O, no clock, no randomness: times and ids come in,
//! decisions and effects go out. The crate compiles for the browser as well as for the server.
//!
//! What belongs here: a rule someone could argue about. What does not: how a row is read, how AWS is called, how a
//! page looks.

pub mod audit;
pub mod blueprint;
pub mod check;
pub mod checklist;
pub mod deployment;
pub mod digest;
pub mod permission;
pub mod plan;
pub mod release;
pub mod stack;
pub mod template;
pub mod watch;
