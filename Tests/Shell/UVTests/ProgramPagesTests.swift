import Testing
import UV

@Suite("Pages of program code")
struct ProgramPagesTests {
    @Test("Only code that lies in a file and cannot be written to is let go")
    func ranges() {
        let maps = """
            00400000-01167000 r-xp 00000000 fe:00 5335089                   /usr/bin/fuse box
            01167000-011c9000 r--p 00d66000 fe:00 5335089                   /usr/bin/fuse box
            011c9000-013d3000 rw-p 00dc8000 fe:00 5335089                   /usr/bin/fuse box
            013d3000-01500000 rwxp 00dc8000 fe:00 5335089                   /usr/bin/patched
            02000000-02001000 r-xp 00000000 00:00 0
            7ffd7ebf2000-7ffd7ebf4000 r-xp 00000000 00:00 0                          [vdso]
            7fb1a8000000-7fb1a8021000 r-xp 00000000 fe:00 12 /lib/x86_64-linux-gnu/libc.so.6
            nonsense
            x-y r-xp 00000000 fe:00 12 /lib/broken
            """
        #expect(
            ProgramPages.executableRanges(in: maps) == [
                0x40_0000..<0x116_7000, 0x7fb1_a800_0000..<0x7fb1_a802_1000,
            ])
        #expect(ProgramPages.executableRanges(in: "").isEmpty)
    }

    @Test("The program goes on after it let go of its code")
    func release() {
        ProgramPages.release()
        #expect((1...100).reduce(0, +) == 5050)
    }
}
