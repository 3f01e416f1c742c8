package heddle.processes;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Main programs, by the name of what they show. */
final class Mains {
    private Mains() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "unguarded" -> {
                System.out.println("main begins");
                new ChildProcess(() -> System.out.println("child")).start().join();
                System.out.println("main ends");
            }
            case "returns" -> {
                slow("slow").start();
                System.out.println("main ends");
            }
            case "manages" -> {
                var manager = new ProcessManager();
                var map = manager.<String, Integer>map();
                var mainLives = manager.lock();
                mainLives.lock();
                new ChildProcess(() -> {
                            mainLives.lock();
                            for (var i = 0; i < 3; i++) {
                                map.merge("a", 1, Integer::sum);
                            }
                            System.out.println("child has " + map.get("a"));
                        })
                        .start();
                Runtime.getRuntime().addShutdownHook(new Thread(mainLives::unlock));
                System.out.println("main ends");
            }
            case "exits" -> {
                slow("slow").start();
                System.out.println("main ends");
                System.exit(3);
            }
            case "waits" -> {
                var child = new ChildProcess(Mains::sayAndStay).start();
                while (child.lastLines().isEmpty()) {
                    child.join(java.time.Duration.ofMillis(10));
                }
                // this hook and the one that waits begin together
                Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("main ends")));
                System.exit(3);
            }
            case "works" -> {
                try (var queue = new ProcessQueue<String>();
                        var pool = new ProcessPool(2)) {
                    new ChildProcess(() -> queue.put("put")).start().join();
                    System.out.println(queue.take() + " " + pool.map(n -> n * n, List.of(1, 2, 3)));
                }
            }
            case "shares" -> {
                var lock = new ProcessLock();
                System.out.println(lock);
                System.in.read();
                lock.close();
            }
            case "fails" -> {
                slow("slow").start();
                throw new IllegalStateException("main fails");
            }
            case "daemon" -> {
                var daemon = new ChildProcess("daemon", () -> {
                            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("daemon ends")));
                            System.out.println("daemon runs");
                            new CountDownLatch(1).await();
                        })
                        .daemon(true)
                        .start();
                while (daemon.lastLines().isEmpty()) {
                    daemon.join(java.time.Duration.ofMillis(10));
                }
                slow("slow").start();
            }
            case "tree" -> {
                ChildProcess.prepare().get();
                var child = new ChildProcess("child", () -> {
                    var grandchild = new ChildProcess("grandchild", Mains::sayAndStay).start();
                    sayAndStay();
                    grandchild.join();
                });
                child.start();
                new ChildProcess("daemon", Mains::sayAndStay).daemon(true).start();
                child.join();
            }
            case "halts" -> {
                ChildProcess.prepare().get();
                new ChildProcess("child", Mains::sayAndStay).start();
                System.in.read();
                Runtime.getRuntime().halt(5);
            }
            case "prepares" -> {
                ChildProcess.prepare().get();
                new ChildProcess(() -> System.out.println("child")).start().join();
                new ChildProcess(() -> System.out.println("fresh child"))
                        .jvmOptions("-Dfresh=true")
                        .start()
                        .join();
            }
            case "speaks" ->
                new ChildProcess(() -> System.out.println("线程 é " + System.in.read()))
                        .start()
                        .join();
            case "starts" -> {
                try {
                    new ChildProcess("me", () -> System.out.println("started"))
                            .start()
                            .join();
                } catch (RuntimeException e) {
                    System.out.println(e.getMessage());
                }
            }
            case "options" -> {
                new ChildProcess(() -> {
                            previewOptions("child");
                            new ChildProcess(() -> previewOptions("grandchild"))
                                    .start()
                                    .join();
                        })
                        .start()
                        .join();
            }
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void previewOptions(String who) {
        var options = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.contains("preview"))
                .toList();
        System.out.println(who + " " + options);
    }

    private static ChildProcess slow(String name) {
        return new ChildProcess(name, () -> {
            Thread.sleep(1500);
            System.out.println(name + " ends");
        });
    }

    static void sayAndStay() throws InterruptedException {
        System.out.println(ProcessHandle.current().pid());
        new CountDownLatch(1).await();
    }
}
