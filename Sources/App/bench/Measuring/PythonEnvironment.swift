import UV

/// Packages of Python's index, in an environment of their own that goes with the workplace.
struct PythonEnvironment {
    let python: String

    static func make(_ packages: [String], in workplace: Workplace) throws(BenchFault) -> PythonEnvironment {
        let directory = "\(workplace.directory)/python"
        _ = try Program.run(on: workplace.loop, ["python3", "-m", "venv", directory])
        let pip = [
            "\(directory)/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
        ]
        _ = try Program.run(on: workplace.loop, pip + packages)
        return PythonEnvironment(python: "\(directory)/bin/python")
    }
}
