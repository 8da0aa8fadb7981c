//! Scenarios of one tab, with literal times. The tab's clocks start at 1,000 ms and at 1,700,000,000,000.

mod hints;
mod proving;
mod renewing;
mod second_factor;
mod signing_in;
mod signing_out;
mod starting;
mod stepping_up;
mod surroundings;
mod tab;
mod tabs;
