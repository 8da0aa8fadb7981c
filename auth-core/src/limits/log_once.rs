//! Which lines of a log are not repeated for a while.

use std::collections::HashMap;

/// For how long a line is not repeated, in milliseconds.
pub const LOG_ONCE_MS: u64 = 60_000;

/// The maximum number of different lines within that time. Clients can choose a part of some lines, such as
/// an origin.
pub const MAX_LINES: usize = 64;

/// The lines that were logged recently, at most [`MAX_LINES`].
#[derive(Debug, Default)]
pub struct LogOnce {
    /// When each line may be logged again, in milliseconds since the Unix epoch.
    again_ms: HashMap<String, u64>,
}

impl LogOnce {
    /// Whether to log this line now.
    pub fn admits(&mut self, line: &str, now_ms: u64) -> bool {
        self.again_ms.retain(|_, again_ms| *again_ms > now_ms);
        let admitted = self.again_ms.len() < MAX_LINES && !self.again_ms.contains_key(line);
        if admitted {
            self.again_ms.insert(line.to_owned(), now_ms.saturating_add(LOG_ONCE_MS));
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::{LOG_ONCE_MS, LogOnce, MAX_LINES};

    #[test]
    fn a_line_is_logged_once_a_minute() {
        let mut log = LogOnce::default();
        let said =
            [0, 1, LOG_ONCE_MS - 1, LOG_ONCE_MS, LOG_ONCE_MS + 1].map(|now_ms| log.admits("a", now_ms));
        assert_eq!(said, [true, false, false, true, false]);
        assert!(log.admits("b", LOG_ONCE_MS + 1));
    }

    #[test]
    fn the_number_of_different_lines_is_bounded() {
        let mut log = LogOnce::default();
        let count = (0..10 * MAX_LINES).filter(|i| log.admits(&i.to_string(), 0)).count();
        assert_eq!((count, log.again_ms.len()), (MAX_LINES, MAX_LINES));
        assert!(log.admits("later", LOG_ONCE_MS));
        assert_eq!(log.again_ms.len(), 1);
    }
}
