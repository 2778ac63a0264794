import Glibc
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

@Suite struct DataDirectoryTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func aMissingDirectoryIsMadeForOurEyesOnly() throws {
        let directory = try DataDirectory(owning: folder.data)
        var status = stat()
        #expect(unsafe stat(folder.data, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        #expect(directory.databasePath == folder.database)
    }

    @Test func theFilesAreForOurEyesOnlyAlsoInAnOpenDirectory() throws {
        shell("mkdir -m 755 '\(folder.data)'")
        let directory = try DataDirectory(owning: folder.data)
        let rig = try WriterRig(in: folder)
        #expect(try rig.commit(.accept(.sample(1))).isCommitted)
        for path in [folder.database, folder.log, "\(folder.data)/lock"] {
            var status = stat()
            #expect(unsafe stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(path)")
        }
        _ = consume directory
    }

    @Test func aDatabaseThatIsADirectoryIsSaid() {
        shell("mkdir -p '\(folder.database)'")
        #expect(fault()?.message.contains("cannot write \(folder.database)") == true)
    }

    @Test func aSecondOwnerIsRefusedAndToldOfTheFirst() throws {
        let first = try DataDirectory(owning: folder.data)
        #expect(
            fault()
                == StoreFault(.inUse, "the data directory \(folder.data) is in use by process \(getpid())"))
        #expect(fault()?.kind == .inUse, "being refused does not take the lock away")
        _ = consume first
        #expect(fault() == nil)
    }

    @Test func anotherProcessIsKeptOut() throws {
        let first = try DataDirectory(owning: folder.data)
        #expect(shell("flock --nonblock '\(folder.data)/lock' true") == 1)
        _ = consume first
        #expect(shell("flock --nonblock '\(folder.data)/lock' true") == 0)
    }

    @Test func anotherProcessIsNamedWhileItLivesAndForgottenWhenItWasKilled() throws {
        // The shell holds the lock through descriptor 9 and leaves its number in the lock file, as we do.
        let holder = "exec 9>lock; flock 9; echo $$ > lock; echo > ready; exec sleep 60"
        let start = "mkdir data; cd data; mkfifo ready; sh -c '\(holder)' & read line < ready"
        #expect(shell("cd '\(folder.path)'; \(start)") == 0)
        let text = String(decoding: contents(of: "\(folder.data)/lock") ?? [], as: UTF8.self)
        let number = try #require(Int32(text.dropLast()))
        #expect(
            fault() == StoreFault(.inUse, "the data directory \(folder.data) is in use by process \(number)"))
        #expect(kill(number, SIGKILL) == 0)
        // The kernel lets go of the lock while the process dies; whoever asks to wait for the lock learns
        // when.
        #expect(shell("flock --wait 20 '\(folder.data)/lock' true") == 0)
        #expect(fault() == nil)
    }

    /// Between its fork and its exec a child of ours has a copy of every descriptor. Here it never comes to
    /// the exec: a copy that is not closed by it stands for that.
    @Test func aChildThatWasForkedMeanwhileDoesNotKeepTheLock() throws {
        let first = try DataDirectory(owning: folder.data)
        let copy = try #require(copyOfOpenFile("\(folder.data)/lock"))
        #expect(shell("sleep 60 > '\(folder.path)/out' & echo $! > '\(folder.path)/child'") == 0)
        close(copy)
        let text = String(decoding: contents(of: "\(folder.path)/child") ?? [], as: UTF8.self)
        let child = try #require(Int32(text.dropLast()))
        defer { kill(child, SIGKILL) }
        #expect(fault()?.kind == .inUse)
        _ = consume first
        #expect(fault() == nil)
        #expect(kill(child, 0) == 0, "it has lived all the time")
    }

    /// A second descriptor of a file that this process has open, found by its name.
    private func copyOfOpenFile(_ path: String) -> Int32? {
        for descriptor in Int32(0)..<1024 {
            var name = [CChar](repeating: 0, count: Int(PATH_MAX))
            // Safe: the array is as long as it is said to be.
            let count = unsafe readlink("/proc/self/fd/\(descriptor)", &name, name.count)
            let bytes = name.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
            if String(decoding: bytes, as: UTF8.self) == path { return dup(descriptor) }
        }
        return nil
    }

    @Test func aLockFileWithoutANumberStillKeepsUsOut() throws {
        let first = try DataDirectory(owning: folder.data)
        shell("printf 'not a number' > '\(folder.data)/lock'")
        #expect(
            fault() == StoreFault(.inUse, "the data directory \(folder.data) is in use by another process"))
        _ = consume first
    }

    @Test func anOldNumberIsReplaced() throws {
        shell("mkdir '\(folder.data)'; echo 4194304123 > '\(folder.data)/lock'")
        let first = try DataDirectory(owning: folder.data)
        #expect(fault()?.message.hasSuffix("by process \(getpid())") == true)
        _ = consume first
    }

    @Test func aFileInItsPlaceIsSaidToBeNoDirectory() {
        shell("touch '\(folder.data)'")
        #expect(fault()?.message == "the data directory \(folder.data) is not a directory")
    }

    @Test func aMissingParentIsSaid() {
        let path = "\(folder.path)/missing/data"
        #expect(fault(path)?.message.contains("the folder above it does not exist") == true)
        #expect(fault(path)?.message.contains(path) == true)
    }

    @Test func aFileAboveItIsSaid() {
        shell("touch '\(folder.path)/file'")
        #expect(fault("\(folder.path)/file/data")?.message.contains("Not a directory") == true)
    }

    @Test func aDirectoryThatCannotBeWrittenToIsSaid() {
        // Not even root makes a file here.
        #expect(
            fault("/proc/self")?.message.contains("cannot write in the data directory /proc/self") == true)
        #expect(fault("/proc/data")?.kind == .inputOutput)
    }

    @Test(arguments: ["", "a\u{0}b"]) func aNameThatIsNoneIsRefused(_ name: String) {
        #expect(fault(name)?.message == "the data directory has no valid name")
    }

    private func fault(_ path: String? = nil) -> StoreFault? {
        do {
            _ = try DataDirectory(owning: path ?? folder.data)
            return nil
        } catch {
            return error
        }
    }
}
