package dev.afterimage;

import static java.util.stream.Collectors.joining;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The packages below one, and which of them uses which, as an SVG picture: who uses is above whom it uses. An arrow is left out where a
 * way over other arrows says the same.
 */
final class PackagePicture {

    private static final int WIDTH = 960;
    private static final int ROW = 76;
    private static final int BOX = 32;
    private static final int LETTER = 8;
    private static final String LANE = "@";

    /** Colors of both themes are the browser's choice, also where the picture is an image in a page. */
    private static final String STYLE = """
            <style>
              rect { fill: #f6f1e7; stroke: #8a7f6b }
              text { fill: #2b2620; font: 14px ui-monospace, Menlo, Consolas, monospace; text-anchor: middle }
              path { fill: none; stroke: #8a7f6b; stroke-width: 1.2 }
              .tip { marker-end: url(#tip) }
              marker path { fill: #8a7f6b; stroke: none }
              @media (prefers-color-scheme: dark) {
                rect { fill: #2a2722; stroke: #8f8674 }
                text { fill: #ece5d8 }
                path { stroke: #8f8674 }
                marker path { fill: #8f8674 }
              }
            </style>
            <marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>
            """;

    /** A line from one row to the next: to a package, or to a lane in which it goes on past the packages of that row. */
    private record Step(String from, String to) {}

    private final SortedMap<String, Set<String>> uses;
    private final SortedMap<String, Integer> depths = new TreeMap<>();
    private final Set<Step> steps = new LinkedHashSet<>();
    private final Map<String, Integer> x = new HashMap<>();

    private PackagePicture(SortedMap<String, Set<String>> uses) {
        this.uses = uses;
    }

    /**
     * @param parent a package, such as {@code dev.afterimage}
     * @param leftOut names below it that all use, which would hide everything else
     */
    static String of(JavaClasses classes, String parent, Set<String> leftOut) {
        var uses = new TreeMap<String, Set<String>>();
        for (var type : classes) {
            below(parent, type).filter(name -> !leftOut.contains(name)).ifPresent(user -> {
                var used = uses.computeIfAbsent(user, _ -> new TreeSet<>());
                type.getDirectDependenciesFromSelf().stream()
                        .flatMap(dependency -> below(parent, dependency.getTargetClass()).stream())
                        .filter(name -> !name.equals(user) && !leftOut.contains(name))
                        .forEach(used::add);
            });
        }
        return new PackagePicture(uses).drawn();
    }

    private static Optional<String> below(String parent, JavaClass type) {
        var name = type.getPackageName();
        return name.startsWith(parent + ".")
                ? Optional.of(name.substring(parent.length() + 1).split("\\.")[0])
                : Optional.empty();
    }

    private String drawn() {
        uses.keySet().forEach(name -> depths.put(name, depth(name)));
        uses.keySet().forEach(user -> direct(user).forEach(used -> connect(user, used)));
        int rows = Collections.max(depths.values()) + 1;
        IntStream.range(0, rows).forEach(this::place);
        var lines = steps.stream().map(this::line).collect(joining());
        var boxes = uses.keySet().stream().map(this::box).collect(joining());
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\">\n".formatted(WIDTH, rows * ROW) + STYLE
                + lines + boxes + "</svg>\n";
    }

    /** Those whom nobody uses are at 0; each package is one row below the lowest of its users. */
    private int depth(String name) {
        return uses.entrySet().stream()
                .filter(user -> user.getValue().contains(name))
                .mapToInt(user -> depth(user.getKey()) + 1)
                .max()
                .orElse(0);
    }

    /** All that go to one package share its lane. */
    private void connect(String user, String used) {
        var at = user;
        for (int depth = depths.get(user) + 1; depth < depths.get(used); depth++) {
            var lane = used + LANE + depth;
            depths.put(lane, depth);
            steps.add(new Step(at, lane));
            at = lane;
        }
        steps.add(new Step(at, used));
    }

    /** Each below the middle of those that lead to it, as far as the order lets it. */
    private void place(int depth) {
        var row = depths.keySet().stream()
                .filter(name -> depths.get(name) == depth)
                .sorted(Comparator.comparingDouble(this::middleOfThoseAbove).thenComparing(Comparator.naturalOrder()))
                .toList();
        int gap = (WIDTH - row.stream().mapToInt(PackagePicture::width).sum()) / (row.size() + 1);
        int left = gap;
        for (var name : row) {
            x.put(name, left + width(name) / 2);
            left += width(name) + gap;
        }
    }

    private double middleOfThoseAbove(String name) {
        return steps.stream()
                .filter(step -> step.to().equals(name))
                .mapToInt(step -> x.get(step.from()))
                .average()
                .orElse(WIDTH / 2.0);
    }

    /** Whom it uses, without those whom another one that it uses leads to. */
    private Set<String> direct(String user) {
        var direct = new TreeSet<>(used(user));
        used(user).forEach(used -> direct.removeAll(reachable(used, new HashSet<>())));
        return direct;
    }

    private Set<String> reachable(String from, Set<String> found) {
        for (var used : used(from)) {
            if (found.add(used)) {
                reachable(used, found);
            }
        }
        return found;
    }

    private Set<String> used(String name) {
        return uses.getOrDefault(name, Set.of());
    }

    private String box(String name) {
        int top = middle(name) - BOX / 2;
        return "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"/><text x=\"%d\" y=\"%d\">%s</text>\n"
                .formatted(x.get(name) - width(name) / 2, top, width(name), BOX, x.get(name), middle(name) + 5, name);
    }

    private String line(Step step) {
        int from = middle(step.from()) + BOX / 2;
        int to = middle(step.to()) - BOX / 2;
        int bend = (to - from) / 2;
        int there = x.get(step.to());
        var curve = "M%d %dC%d %d %d %d %d %d"
                .formatted(x.get(step.from()), from, x.get(step.from()), from + bend, there, to - bend, there, to);
        return step.to().contains(LANE)
                ? "<path d=\"%sV%d\"/>\n".formatted(curve, to + BOX)
                : "<path class=\"tip\" d=\"%s\"/>\n".formatted(curve);
    }

    private int middle(String name) {
        return depths.get(name) * ROW + ROW / 2;
    }

    private static int width(String name) {
        return name.contains(LANE) ? LETTER : name.length() * LETTER + 28;
    }
}
