import CircuitBreaking
import Tasks

/// The circuits of a configuration: `[circuit]` with the defaults, and a `[circuits.NAME]` for each that
/// several bots share.
struct CircuitTables {
    private let defaults: CircuitFields
    /// Of a circuit about which nothing more is said.
    private let standard: CircuitPolicy
    private var shared: [String: CircuitPolicy] = [:]
    private var botNames: Set<String> = []
    private var used: Set<String> = []

    init(from root: inout ConfigurationTable) {
        var defaults = CircuitFields()
        if var table = root.subtable("circuit") {
            defaults.read(from: &table)
            root.adopt(table.problems)
        }
        standard = defaults.policy(at: "circuit", complainingTo: &root)
        self.defaults = defaults
        guard var tables = root.subtable("circuits") else { return }
        for name in tables.keys {
            guard var table = tables.subtable(name) else { continue }
            if CircuitName(name) == nil { tables.complain(name, "a circuit's name is \(BotID.rule)") }
            shared[name] = policy(of: &table, name, &tables)
        }
        root.adopt(tables.problems)
    }

    private func policy(
        of table: inout ConfigurationTable, _ key: String, _ parent: inout ConfigurationTable
    ) -> CircuitPolicy {
        var fields = defaults
        fields.read(from: &table)
        parent.adopt(table.problems)
        return fields.policy(at: key, complainingTo: &parent)
    }

    /// Takes note of the bots, also of those that turn out to be wrong otherwise.
    mutating func note(_ bots: ConfigurationTable) {
        for bot in bots.keys {
            botNames.insert(bot)
            if let name = bots.text(of: "circuit", in: bot) { used.insert(name) }
        }
    }

    /// The circuit of a bot whose table this is: a table of its own, or the name of one that it shares.
    func circuit(
        in table: inout ConfigurationTable
    ) -> (shared: CircuitName?, policy: CircuitPolicy) {
        if table.text(of: "circuit") != nil, let text = table.string("circuit") {
            guard let name = CircuitName(text) else {
                table.complain("circuit", "a circuit's name is \(BotID.rule)")
                return (nil, standard)
            }
            if botNames.contains(text) { table.complain("circuit", Self.isBot(text)) }
            return (name, shared[text] ?? standard)
        }
        guard var own = table.subtable("circuit", or: "the name of a circuit that bots share") else {
            return (nil, standard)
        }
        return (nil, policy(of: &own, "circuit", &table))
    }

    /// Complains about the shared circuits that are none.
    func refuseMisnamed(complainingTo root: inout ConfigurationTable) {
        for name in shared.keys.sorted() where CircuitName(name) != nil {
            let text = BareKey.text(name)
            if botNames.contains(name) {
                root.complain("circuits", field: BareKey.quoted(name), Self.isBot(name))
            } else if !used.contains(name) {
                root.complain("circuits", field: BareKey.quoted(name), "no bot says circuit = \(text)")
            }
        }
    }

    private static func isBot(_ name: String) -> String {
        "\(BareKey.text(name)) is the id of a bot; a circuit that bots share needs another name"
    }
}
