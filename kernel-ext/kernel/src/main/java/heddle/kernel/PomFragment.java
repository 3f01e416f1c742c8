package heddle.kernel;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/** Pieces of a POM, as they are copied from a web page, become one that is complete. */
final class PomFragment {
    private PomFragment() {}

    private static final List<String> NEEDED = List.of("modelVersion", "groupId", "artifactId", "version");
    private static final List<String> GIVEN = List.of("4.0.0", "notebook", "cell", "1");

    /**
     * @param body a {@code <project>}, or loose elements of one; {@code <dependency>} and {@code <repository>} may stand by themselves
     * @throws IllegalArgumentException where it is no XML: the place and the reason
     */
    static String complete(String body) {
        var text = body.strip().replaceFirst("^<\\?xml[^>]*\\?>", "");
        try {
            var builder = builder();
            var pieces = builder.parse(new InputSource(new StringReader("<pieces>" + text + "</pieces>")))
                    .getDocumentElement();
            var project = first(pieces, "project");
            return project == null ? assembled(pieces, builder.newDocument()) : text(project);
        } catch (SAXParseException e) {
            throw new IllegalArgumentException("line " + e.getLineNumber() + ": " + e.getMessage(), e);
        } catch (SAXException | IOException | ParserConfigurationException | TransformerException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static DocumentBuilder builder() throws ParserConfigurationException {
        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        var builder = factory.newDocumentBuilder();
        builder.setErrorHandler(
                new ErrorHandler() { // the default one prints
                    @Override
                    public void warning(SAXParseException e) {}

                    @Override
                    public void error(SAXParseException e) throws SAXException {
                        throw e;
                    }

                    @Override
                    public void fatalError(SAXParseException e) throws SAXException {
                        throw e;
                    }
                });
        return builder;
    }

    private static String assembled(Element pieces, Document pom) throws TransformerException {
        var project = (Element) pom.appendChild(pom.createElement("project"));
        var dependencies = pom.createElement("dependencies");
        var repositories = pom.createElement("repositories");
        for (var piece = pieces.getFirstChild(); piece != null; piece = piece.getNextSibling()) {
            if (piece instanceof Element element) {
                switch (element.getTagName()) {
                    case "dependencies" -> moveChildren(element, dependencies);
                    case "repositories" -> moveChildren(element, repositories);
                    case "dependency" -> dependencies.appendChild(pom.importNode(element, true));
                    case "repository" -> repositories.appendChild(pom.importNode(element, true));
                    default -> project.appendChild(pom.importNode(element, true));
                }
            }
        }
        project.appendChild(dependencies);
        project.appendChild(repositories);
        for (int i = 0; i < NEEDED.size(); i++) {
            if (first(project, NEEDED.get(i)) == null) {
                project.appendChild(pom.createElement(NEEDED.get(i))).setTextContent(GIVEN.get(i));
            }
        }
        return text(project);
    }

    private static void moveChildren(Element from, Element to) {
        for (var child = from.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element element) {
                to.appendChild(to.getOwnerDocument().importNode(element, true));
            }
        }
    }

    private static Element first(Element parent, String name) {
        for (var child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element element && element.getTagName().equals(name)) {
                return element;
            }
        }
        return null;
    }

    private static String text(Node node) throws TransformerException {
        var transformer = TransformerFactory.newInstance().newTransformer();
        transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
        var out = new StringWriter();
        transformer.transform(new DOMSource(node), new StreamResult(out));
        return out.toString();
    }
}
