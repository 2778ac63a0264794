import CLinux
import Synchronization

/// How many descriptors the process may have open.
///
/// The service wants many (a connection is a descriptor), its children want what everybody has: programs that
/// use select(2) break above 1,024, and some close every possible descriptor one by one.
package enum DescriptorLimit {
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    /// The soft limit that the service was started with; nil as long as nothing was raised.
    private static let original = Mutex<rlim_t?>(nil)

    /// Raises the soft limit to the hard one, once, at the start; remembers the old one for children.
    ///
    /// - Returns: the limit now in force.
    @discardableResult
    package static func raise() throws(UVFault) -> UInt64 {
        var limit = rlimit()
        // Safe: both calls use the variable only until they return.
        guard unsafe getrlimit(resource, &limit) == 0 else { throw UVFault(errnoOf: "getrlimit") }
        let before = limit.rlim_cur
        guard before != limit.rlim_max else { return UInt64(before) }
        limit.rlim_cur = limit.rlim_max
        guard unsafe setrlimit(resource, &limit) == 0 else { throw UVFault(errnoOf: "setrlimit") }
        original.withLock { $0 = $0 ?? before }
        return UInt64(limit.rlim_cur)
    }

    /// Gives a child back the limit that the service was started with.
    ///
    /// posix_spawn cannot set limits. Lowering our own around it would be no race for the child, but one for
    /// the service: with more connections open than the old limit, a file that the database's thread opens in
    /// that moment fails, and a failed commit stops the service. This way nothing of ours is touched, and the
    /// process id cannot have passed to a stranger, because only we reap it. The price: a child could see the
    /// high limit in its first microseconds, before its own main() as a rule.
    static func restore(inChild process: Int32) {
        guard let soft = original.withLock({ $0 }) else { return }
        var limit = rlimit()
        // Safe: the calls use the variable only until they return. A child that has ended already needs no
        // limit.
        guard unsafe prlimit(process, resource, nil, &limit) == 0 else { return }
        limit.rlim_cur = min(soft, limit.rlim_max)
        _ = unsafe prlimit(process, resource, &limit, nil)
    }
}
