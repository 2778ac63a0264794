import CLinux

/// What the process was started with under that name; nil when it is not set. Nothing here ever sets one.
package func environmentVariable(_ name: String) -> String? {
    // Safe: the environment is never changed, so the text stays where it is while it is copied.
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
}
